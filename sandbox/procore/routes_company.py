"""Company lists: users, units of measure, cost types; and who the caller is."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.procore.ask import Ask, Asked
from sandbox.procore.company import LineItemType, Uom, User
from sandbox.procore.wire import answer
from sandbox.procore.world import WHEN_SEEDED

router = APIRouter()


@router.get("/rest/v1.0/me")
async def show_me(ask: Asked) -> Response:
    """Tell who the token belongs to."""
    client = ask.world.client
    return answer({"id": client.user_id, "login": client.user_login, "name": client.user_name})


@router.get("/rest/v1.0/companies/{company_id}/users")
async def list_users(ask: Asked, company_id: int) -> Response:
    """List the company directory."""
    return ask.paged([user_body(user) for user in _users(ask, company_id)])


@router.get("/rest/v1.3/companies/{company_id}/users")
async def list_users_1_3(ask: Asked, company_id: int) -> Response:
    """List the company directory; `view=ids_only` gives ids alone."""
    users = _users(ask, company_id)
    if ask.request.query_params.get("view") == "ids_only":
        return ask.paged([{"id": user.id} for user in users])
    return ask.paged([user_body(user) for user in users])


@router.get("/rest/v1.0/companies/{company_id}/uoms")
async def list_uoms(ask: Asked, company_id: int) -> Response:
    """List the units of measure."""
    ask.company(company_id)
    ask.tool("admin")
    return ask.paged([uom_body(uom) for uom in ask.world.uoms])


@router.get("/rest/v2.0/companies/{company_id}/uoms/configuration")
async def show_uom_configuration(ask: Asked, company_id: int) -> Response:
    """Tell how long a unit's name may be, and which ERP the company is integrated with."""
    ask.company(company_id)
    company = ask.world.company
    limits = {"character_limit": company.uom_character_limit, "erp_integration_name": company.erp_integration_name}
    return answer({"data": limits})


@router.get("/rest/v1.0/line_item_types")
async def list_line_item_types(ask: Asked) -> Response:
    """List the cost types as a project sees them."""
    ask.company()
    ask.project(None, "admin")
    types = ask.world.line_item_types.values()
    return ask.paged([type_body(known) for known in types if ask.keeps("filters[origin_id]", known.origin_id)])


def type_body(known: LineItemType) -> dict[str, Any]:
    """Write a cost type."""
    return {
        "id": known.id,
        "name": known.name,
        "code": known.code,
        "base_type": known.base_type,
        "origin_data": None,
        "origin_id": known.origin_id,
    }


def uom_body(uom: Uom) -> dict[str, Any]:
    """Write a unit of measure."""
    return {
        "id": uom.id,
        "is_standard": True,
        "name": uom.name,
        "description": uom.description,
        "uom_category": {"id": sum(map(ord, uom.category)), "name": uom.category},
    }


def user_body(user: User) -> dict[str, Any]:
    """Write a person of the directory."""
    return {
        "id": user.id,
        "name": user.name,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "initials": f"{user.first_name[0]}{user.last_name[0]}",
        "email_address": user.email_address,
        "job_title": user.job_title,
        "is_active": user.is_active,
        "is_employee": True,
        "employee_id": None,
        "erp_integrated_accountant": user.erp_integrated_accountant,
        "origin_id": user.origin_id,
        "origin_data": None,
        "created_at": WHEN_SEEDED,
        "updated_at": WHEN_SEEDED,
        "vendor": None,
    }


def _users(ask: Ask, company_id: int) -> list[User]:
    ask.company(company_id)
    ask.tool("directory")
    searched = ask.request.query_params.get("filters[search]", "").casefold()
    return [
        user
        for user in ask.world.users
        if searched in f"{user.name} {user.email_address}".casefold()
        and ask.keeps("filters[origin_id]", user.origin_id)
    ]
