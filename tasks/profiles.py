"""Which profile a step is taken in: the one that is named, the one an export belongs to, or all, one after the other.

People who decide need not know of profiles: the journal tells which companies an export belongs to.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from connectors.journal.records import ExportRecord
from connectors.profile_files import ProfileProblem
from connectors.settings import SettingsProblem, known_profiles, load_settings
from tasks.systems import Systems, companies_of, open_records, open_systems, wrong_company

logger = logging.getLogger(__name__)

Made = TypeVar("Made")


class ProfilesFailed(Exception):
    """A step could not be taken in some profiles; it was taken in all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A profile in which a step could not be taken, and why."""

    profile: str
    why: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{profile_text(self.profile)}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Generic[Made]):
    """What came of a step in every profile."""

    made: tuple[Made, ...]
    broken: tuple[Broken, ...]

    def whole(self) -> tuple[Made, ...]:
        """Return what was made.

        Raises:
            ProfilesFailed: if a profile broke; only after all others had their turn.
        """
        if self.broken:
            raise ProfilesFailed("\n".join(map(str, self.broken)))
        return self.made


def profile_text(profile: str) -> str:
    """Name a profile for people."""
    return f"Profile {profile}" if profile else "The companies that the environment names"


def profile_of(profile: str, export: ExportRecord) -> str:
    """Return the profile that a step on an export is taken in: the one that is named, or the one it belongs to.

    A named one is not checked here: `Systems.export` refuses what is not of its companies.

    Raises:
        WrongCompany: if none is named and the export belongs to none.
        ProfileProblem: if none is named and it belongs to several.
    """
    names = (profile,) if profile else known_profiles()
    if len(names) == 1:
        return names[0]
    pairs = {name: pair for name in names if (pair := _companies(name)) is not None}
    fitting = [name for name, pair in pairs.items() if pair == companies_of(export)]
    if not fitting:
        raise wrong_company(export, found=f"no such pair in {', '.join(map(_short, names))}")
    if "" not in fitting and len(fitting) > 1:
        raise ProfileProblem(
            "Several profiles have its companies.",
            where=f"Export {export.id}",
            expected="one profile for each pair of companies",
            found=", ".join(fitting),
            way_out="Name the profile that is meant, and take the others out of PROFILES_DIR.",
        )
    return fitting[0]


def profile_of_id(profile: str, export_id: str) -> str:
    """Return the profile that a step on an export is taken in, as `profile_of`; the export is looked up first.

    Raises:
        UnknownExport: if there is none with this id.
        WrongCompany, ProfileProblem: as `profile_of`.
    """
    names = (profile,) if profile else known_profiles()
    if len(names) == 1:
        return names[0]
    with open_records() as journal:
        export = journal.export(export_id)
    return profile_of(profile, export)


def profiles_meant(profile: str) -> tuple[str, ...]:
    """Return the profile that is named, or all; of several with the same companies only the first."""
    if profile:
        return (profile,)
    seen: set[tuple[int, int]] = set()
    meant = []
    for name in known_profiles():
        pair = _companies(name)
        # One whose settings are wrong is not passed over: it breaks when it is opened, and is told then.
        if pair is None or pair not in seen:
            meant.append(name)
        seen |= {pair} if pair else set()
    return tuple(meant)


def first_profile() -> str:
    """Return the profile for what concerns all companies, such as who is enrolled: the environment, or the first."""
    return known_profiles()[0]


def in_each_profile(
    profile: str, step: Callable[[Systems], Made], *, if_it: Callable[[Systems], bool] | None = None
) -> Round[Made]:
    """Take a step in the profile that is named, or in all; one that breaks never holds up the others.

    Where there is only one, whatever goes wrong goes through as it is.

    Args:
        profile: which; "" for all.
        step: what is done in each.
        if_it: which of several it is done in; if it is none, in the first.
    """
    names = profiles_meant(profile)
    if if_it is not None and len(names) > 1:
        found = in_each_profile(profile, lambda systems: systems.profile if if_it(systems) else None)
        fitting = tuple(name for name in found.made if name is not None)
        # The one that is meant may be one that breaks.
        names = fitting or (names[:1] if found.whole() else ())
    if len(names) == 1:
        with open_systems(names[0]) as systems:
            return Round(made=(step(systems),), broken=())
    made: list[Made] = []
    broken: list[Broken] = []
    for name in names:
        try:
            with open_systems(name) as systems:
                made.append(step(systems))
        except Exception as problem:
            logger.warning("%s: %s", profile_text(name), problem, exc_info=True)
            broken.append(Broken(profile=name, why=f"{type(problem).__name__}: {problem}"))
    return Round(made=tuple(made), broken=tuple(broken))


def _companies(profile: str) -> tuple[int, int] | None:
    """Return a profile's pair; None if its settings are wrong."""
    try:
        settings = load_settings(profile)
    except (SettingsProblem, ProfileProblem):
        return None
    return (settings.procore_company_id, settings.vista_company)


def _short(profile: str) -> str:
    return profile or "the environment"
