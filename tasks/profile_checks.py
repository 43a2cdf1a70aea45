"""Examine how the profiles of an installation fit together, for `budget-export doctor`. Changes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connectors.checks import Check
from connectors.profile_files import misnamed_profiles
from connectors.settings import Settings
from jobcost.config import ExportConfig
from jobcost.people import email_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedProfile:
    """A profile and what was found about its own systems."""

    # "" for the companies that the environment names.
    profile: str
    # None where they are wrong.
    settings: Settings | None
    config: ExportConfig | None
    checks: tuple[Check, ...]


def examine_profiles(known: Iterable[ExaminedProfile]) -> tuple[Check, ...]:
    """Look for profiles that contradict each other: the same companies twice, or different owners."""
    profiles = tuple(known)
    return (*_same_companies(profiles), *_owners(profiles), *_misnamed(profiles))


def _same_companies(profiles: tuple[ExaminedProfile, ...]) -> Iterator[Check]:
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for one in profiles:
        if one.settings is not None:
            pairs[one.settings.procore_company_id, one.settings.vista_company].append(_name(one))
    for (company, jcco), names in pairs.items():
        if len(names) > 1:
            found = f"Procore company {company} with Vista company {jcco} is {' and '.join(names)}"
            way_out = "Keep one of them: nobody could say which an export belongs to."
            yield Check(name="Profiles", ok=False, found=found, way_out=way_out)


def _owners(profiles: tuple[ExaminedProfile, ...]) -> Iterator[Check]:
    """The people are those of all companies, so who may enrol them alone is one person."""
    owners = {_name(one): email_key(one.config.people.owner) for one in profiles if one.config is not None}
    if len(set(owners.values())) > 1:
        found = "; ".join(f"{name}: {owner or 'none'}" for name, owner in owners.items())
        way_out = "Name the same [people] owner in every configuration; that of the first counts."
        yield Check(name="Owner", ok=False, found=found, way_out=way_out)


def _misnamed(profiles: tuple[ExaminedProfile, ...]) -> Iterator[Check]:
    folder = next((one.settings.profiles_dir for one in profiles if one.settings is not None), None)
    names = misnamed_profiles(folder)
    if names:
        way_out = "Name them with at most 40 small letters, digits and dashes; until then they are no profiles."
        yield Check(name="Profiles", ok=None, found=f"not read: {', '.join(names)}", way_out=way_out)


def _name(one: ExaminedProfile) -> str:
    return one.profile or "the environment"
