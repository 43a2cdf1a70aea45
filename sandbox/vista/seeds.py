"""The companies, jobs and phase masters the local Vista starts with."""

import csv
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources

from jobcost.formats import formatted
from sandbox.vista.database import VistaDatabase

_PUBLIC_WORKS_FILE = "public_works_1164I_schedule_of_values.csv"
# What the agency calls a unit -> Vista's unit of measure. An allowance (AL) is a lump sum.
_UNITS = {"AL": "LS", "US SHORT TON": "TON"}
_PHASES_PER_GROUP = 900
_LABOR, _MATERIALS, _SUBCONTRACT, _EQUIPMENT, _OTHER = 1, 2, 3, 4, 5
_GENERATED_COST_TYPES = (_LABOR, _MATERIALS, _SUBCONTRACT, _EQUIPMENT, _OTHER)
# Work that the published change orders add, by the codes the same seed of the sandbox Procore gives it.
_LATER_PHASES = (
    ("R-23", "Reset (E) Brick Pavers at 19 Mirabel Ave", "SF"),
    ("R-24", "Traffic Control for Flatwork at 19 Mirabel Ave", "LS"),
    ("CO-02-002", "CIPL on Mullen Ave", "LS"),
    ("CO-02-003", "Sewer Deletion on Eugenia Ave", "LS"),
)
# Who works in Vista, as its audit names them; the export has a login of its own.
EXPORT_LOGIN = "procore_export"
# The login that docs/sql-server.md asks a server's administrator for.
_DOCUMENTED_LOGIN = "budget_export"
ACCOUNTANT = "BUILDER\\accountant"
START_MONTH = datetime(2026, 1, 1)  # noqa: DTZ001 - Vista knows no time zones


@dataclass(frozen=True, slots=True)
class BidPhase:
    """A phase of the master: the code people write, as Vista stores it, and its unit of measure."""

    code: str
    phase: str
    description: str
    um: str
    # The cost type the budget of the same seed in the sandbox Procore uses for it.
    cost_type: int


@dataclass(frozen=True, slots=True)
class Site:
    """What a seed put into the database."""

    seed: str
    jcco: int
    phase_group: int
    job: str
    contract: str
    phase_mask: str
    phases: tuple[BidPhase, ...]
    # Phases of the master that only a later change of the budget uses.
    later_phases: tuple[BidPhase, ...] = ()

    def phase(self, code: str) -> str:
        """A code as this site stores it."""
        return formatted(self.phase_mask, code)


def seeded(vista: VistaDatabase, seed: str, jcco: int = 1) -> Site:
    """Fill the empty tables. Triggers are not there yet, as in a database that came with a restore.

    Raises:
        ValueError: for an unknown seed.
    """
    name, _, argument = seed.partition(":")
    if name == "public_works" and not argument:
        site = _public_works()
        job_mask, names = (
            "5L-3RN",
            ("Harbor Paving & Sewer", "Various Locations Pavement Renovation and Sewer Replacement"),
        )
    elif name == "generated" and argument.isdigit() and int(argument):
        site = _generated(int(argument))
        job_mask, names = "5L-4RN", ("Generated Builders", "Generated job")
    else:
        raise ValueError(
            f"Vista sandbox: unknown seed {seed!r}; expected public_works or generated:<number of phases>."
        )
    site = replace(site, jcco=jcco)
    _company(vista, site, names[0], job_mask)
    _phase_master(vista, site)
    _contract_and_job(vista, site, names[1])
    return site


def _public_works() -> Site:
    mask = "5L-3R-3RN"
    text = resources.files("sandbox").joinpath("data", _PUBLIC_WORKS_FILE).read_text(encoding="utf-8")
    items = [row for row in csv.DictReader(text.splitlines()) if not row["bid_item"].startswith("CO-")]
    phases = tuple(
        BidPhase(
            code,
            formatted(mask, code),
            row["description"][:60],
            _UNITS.get(row["unit"], row["unit"]),
            _OTHER if code.startswith("G-") else _SUBCONTRACT,
        )
        for row in items
        for code in (row["bid_item"].strip(),)
    )
    later = tuple(BidPhase(code, formatted(mask, code), name, um, _SUBCONTRACT) for code, name, um in _LATER_PHASES)
    job, contract = formatted("5L-3RN", "1164I-001"), formatted("10LN", "1164I")
    return Site("public_works", 1, 1, job, contract, mask, phases, later)


def _generated(count: int) -> Site:
    mask = "4R-3RN"
    codes = [f"{n // _PHASES_PER_GROUP + 1000:04d}-{n % _PHASES_PER_GROUP + 100:03d}" for n in range(count)]
    phases = tuple(
        BidPhase(code, formatted(mask, code), f"Generated phase {code}", "LS", _GENERATED_COST_TYPES[n % 5])
        for n, code in enumerate(codes)
    )
    return Site(f"generated:{count}", 1, 1, formatted("5L-4RN", "GEN-0001"), formatted("10LN", "GEN"), mask, phases)


def _company(vista: VistaDatabase, site: Site, name: str, job_mask: str) -> None:
    login = vista.execute("SELECT VPUserName FROM sandbox_login").fetchone()[0]
    vista.insert("bHQCO", "HQCo, Name, PhaseGroup", [(site.jcco, name, site.phase_group)])
    # A company nobody gave this login access to.
    vista.insert("bHQCO", "HQCo, Name, PhaseGroup", [(site.jcco + 1, "Sister Company", site.phase_group)])
    vista.insert("bHQGP", "Grp, Description", [(site.phase_group, "Phases")])
    logins = dict.fromkeys((login, EXPORT_LOGIN, _DOCUMENTED_LOGIN, ACCOUNTANT))
    users = [("bHQCo", site.jcco, str(site.jcco), user) for user in logins]
    vista.insert("vDDDU", "Datatype, Qualifier, Instance, VPUserName", users)
    columns = "JCCo, ValidPhaseChars, PostClosedJobs, PostSoftClosedJobs, AuditPhases, AuditCostTypes"
    vista.insert("bJCCO", columns, [(site.jcco, 0, "N", "N", "Y", "Y")])
    masks = (
        ("bJob", job_mask, 10),
        ("bPhase", site.phase_mask, 20),
        ("bContract", "10LN", 10),
        ("bContractItem", "R", 16),
    )
    vista.insert("vDDDT", "Datatype, InputType, InputMask, InputLength", [(n, 5, m, size) for n, m, size in masks])
    vista.insert("vDDDT", "Datatype, InputType, Secure", [("bHQCo", 1, "Y")])
    units = ("LS", "LF", "SF", "CY", "EA", "TON", "HRS", "SY")
    vista.insert("bHQUM", "UM", [(unit,) for unit in units])
    types = (
        (1, "Labor", "L", "Y"),
        (2, "Materials", "M", "N"),
        (3, "Subcontract", "S", "N"),
        (4, "Equipment", "E", "N"),
    )
    rows = [(site.phase_group, *kind) for kind in (*types, (5, "Other", "O", "N"))]
    vista.insert("bJCCT", "PhaseGroup, CostType, Description, Abbreviation, TrackHours", rows)


def _phase_master(vista: VistaDatabase, site: Site) -> None:
    rows = [(site.phase_group, phase.phase, phase.description) for phase in (*site.phases, *site.later_phases)]
    vista.insert("bJCPM", "PhaseGroup, Phase, Description", rows)
    # Defaults for the unit-priced sewer mains: labor, materials and subcontract are measured in the bid item's unit.
    mains = [phase for phase in site.phases if phase.code in {"SW-5", "SW-6", "SW-7", "SW-8"}]
    defaults = [
        (site.phase_group, phase.phase, cost_type, "Y", phase.um, "N", "Y" if cost_type == _SUBCONTRACT else "N")
        for phase in mains
        for cost_type in (_LABOR, _MATERIALS, _SUBCONTRACT)
    ]
    vista.insert("bJCPC", "PhaseGroup, Phase, CostType, BillFlag, UM, ItemUnitFlag, PhaseUnitFlag", defaults)


def _contract_and_job(vista: VistaDatabase, site: Site, description: str) -> None:
    head = (site.jcco, site.contract)
    columns = "JCCo, Contract, Description, ContractStatus, Department, StartMonth"
    vista.insert("bJCCM", columns, [(*head, description, 1, "1", START_MONTH)])
    columns = "JCCo, Contract, Item, Description, Department, UM, BillType, StartMonth"
    names = (("1", "Roadway and general work"), ("2", "Sewer work"))
    rows = [(*head, formatted("16RN", item), name, "1", "LS", "P", START_MONTH) for item, name in names]
    vista.insert("bJCCI", columns, rows)
    columns = "JCCo, Job, Description, Contract, JobStatus, LiabTemplate, PRStateCode"
    vista.insert("bJCJM", columns, [(site.jcco, site.job, description, site.contract, 1, 1, "CA")])
