"""Profiles: one more pair of companies, a Procore company and a Vista company, in an installation that has several.

A profile is a file `<PROFILES_DIR>/<name>.env` of NAME=value lines, written as in `.env`. What it sets counts instead
of the environment; a value is taken as it stands, without `${...}` being filled in.

Rule 1: each profile names its own two companies; it never has one of them from the environment and one of its own.
Rule 2: no value gets into a message: it may be a secret.
"""

import io
import re
from collections.abc import Collection
from pathlib import Path

from dotenv.parser import Binding, parse_stream

SUFFIX = ".env"
# One journal belongs to all companies of an installation.
FORBIDDEN = ("JOURNAL_URL", "JOURNAL_KEY", "PROFILES_DIR")
# A profile is the pair of companies that these two name.
COMPANIES = ("PROCORE_COMPANY_ID", "VISTA_COMPANY")

# Artifacts are named after it, so it has only what Prefect takes in their keys.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NAME_WORDS = "a name of at most 40 small letters, digits and dashes"


class ProfileProblem(Exception):
    """A profile cannot be used. Says what, where, expected, found and the way out, and no value."""

    def __init__(self, what: str, *, where: str, expected: str, found: str, way_out: str) -> None:
        """Write the message."""
        super().__init__(f"{where}: {what} Expected {expected}; found {found}. {way_out}")


class UnknownProfile(ProfileProblem):
    """There is no profile of the name that was given."""

    def __init__(self, message: str) -> None:
        """Keep the message."""
        Exception.__init__(self, message)


def profile_names(folder: Path | None) -> tuple[str, ...]:
    """List the profiles by name; none where no folder is set. A file whose name is no profile's is not listed."""
    return tuple(sorted(name for name in _stems(folder) if _NAME.fullmatch(name)))


def misnamed_profiles(folder: Path | None) -> tuple[str, ...]:
    """List the files that look like profiles and cannot be used, because of their names."""
    return tuple(sorted(f"{name}{SUFFIX}" for name in _stems(folder) if not _NAME.fullmatch(name)))


def unknown_profile(profile: str, folder: Path | None) -> UnknownProfile:
    """Say that there is no such profile, and which there are; a blank one was not named where one must be."""
    known = profile_names(folder)
    where = f"Profile {profile!r}" if profile else "No profile is named"
    if folder is None:
        way_out = "Set PROFILES_DIR to the folder with the profiles, or leave the profile empty."
        expected = "no profile, because PROFILES_DIR is not set"
    else:
        way_out = f"Name one of them; each is a file NAME{SUFFIX} in PROFILES_DIR ({_NAME_WORDS})."
        expected = f"one of {', '.join(known)}" if known else f"a profile in {folder}, which has none"
    found = "another name" if profile else "none, and the environment names no company of its own"
    return UnknownProfile(f"{where}: expected {expected}; found {found}. {way_out}")


def read_profile(folder: Path | None, profile: str, settings: Collection[str]) -> dict[str, str]:
    """Read a profile: its values by the names of the settings, in capitals. A name without a value is left out.

    Args:
        folder: where the profiles are; None where there are none.
        profile: its name.
        settings: names of all settings, in capitals.

    Raises:
        UnknownProfile: if there is none of this name.
        ProfileProblem: if it cannot be read, sets what it may not, or does not name its two companies.
    """
    if folder is None or profile not in profile_names(folder):
        raise unknown_profile(profile, folder)
    file = folder / f"{profile}{SUFFIX}"
    where = f"Profile {profile} ({file})"
    given: dict[str, str] = {}
    for number, name, value in _lines(_text(file, where), where):
        if name in FORBIDDEN:
            raise _wrong(where, number, f"{name} cannot be set by a profile.", "a setting of one company", name)
        if name not in settings:
            raise _wrong(where, number, "There is no such setting.", "a name of .env.example", name)
        if name in given:
            raise _wrong(where, number, f"{name} is set twice.", "each setting once", f"{name} again")
        given[name] = value
    missing = [name for name in COMPANIES if not given.get(name)]
    if missing:
        raise ProfileProblem(
            "It does not name its two companies.",
            where=where,
            expected=f"its own {' and '.join(COMPANIES)}",
            found=f"no {' and no '.join(missing)}",
            way_out="Set both in the file: a profile never shares one of them with the environment.",
        )
    return {name: value for name, value in given.items() if value}


def _stems(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    return [file.name.removesuffix(SUFFIX) for file in folder.glob(f"*{SUFFIX}") if file.is_file()]


def _text(file: Path, where: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        found = problem.strerror if isinstance(problem, OSError) else "other bytes"
    raise ProfileProblem(
        "The file cannot be read.",
        where=where,
        expected="a UTF-8 text file that this account may read",
        found=str(found),
        way_out="Correct the file or its rights.",
    )


def _lines(text: str, where: str) -> list[tuple[int, str, str]]:
    """Take the text apart: line number, name in capitals, value."""
    bindings = [one for one in parse_stream(io.StringIO(text)) if one.error or one.key is not None]
    return [(_first_line(one), *_setting(one, where)) for one in bindings]


def _setting(binding: Binding, where: str) -> tuple[str, str]:
    if binding.error or binding.key is None or binding.value is None:
        # The line itself may hold a secret.
        raise _wrong(
            where,
            _first_line(binding),
            "This is no setting.",
            "NAME=value, a comment, or an empty line",
            "another line",
        )
    return binding.key.strip().upper(), binding.value.strip()


def _first_line(binding: Binding) -> int:
    """A setting may begin after empty lines, which belong to it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _wrong(where: str, number: int, what: str, expected: str, found: str) -> ProfileProblem:
    return ProfileProblem(
        what, where=f"{where}, line {number}", expected=expected, found=found, way_out="Correct the file."
    )
