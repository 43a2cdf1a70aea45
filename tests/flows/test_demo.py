"""`make demo` does the main job on real input, and ends with the line that other programs read."""

import os
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from demo.commands import CommandFailed, Commands
from demo.people import Phone
from demo.telling import Estimates, estimates
from tests.core.sources import ROOT

_CHAIN = r"  The journal's chain is unbroken: \d+ links, the last one sealed [0-9a-f]{64}"
URI = "otpauth://totp/Budget%20export:alex@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Budget%20export"


@pytest.mark.prefect
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("demo")
def test_without_a_terminal_the_demo_exports_updates_and_finds_what_moved() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()

    assert (done.returncode, lines[-1:]) == (0, ["VERIFIED project=1164 job=1164I-001 lines=69 total=5799933.10"])
    mailed = sorted(line for line in lines if re.match(r"  \S+@example.com: ", line))
    budget = "Public Works 1164I, job 1164I-001, +5,799,933.10"
    update, nothing = (f"update of Public Works 1164I, job 1164I-001, {moved}" for moved in ("-81,933.00", "0.00"))
    assert mailed == [
        f"  alex.approver@example.com: Decided in your name: {budget}",
        f"  alex.approver@example.com: Decided in your name: {update}",
        f"  alex.approver@example.com: Please accept or reject: {budget}",
        f"  alex.approver@example.com: Please accept or reject: {update}",
        f"  alex.approver@example.com: Verified in Vista: {budget}",
        f"  alex.approver@example.com: Verified in Vista: {update}",
        f"  priya.pm@example.com: A budget was sent in your name: {budget}",
        f"  priya.pm@example.com: A budget was sent in your name: {update}",
        f"  priya.pm@example.com: A budget was sent in your name: {nothing}",
        f"  priya.pm@example.com: Verified in Vista: {budget}",
        f"  priya.pm@example.com: Verified in Vista: {update}",
    ]
    assert "  Read back from Vista: 5,799,933.10 dollars in 69 lines" in lines
    proofs = [line for line in lines if re.fullmatch(_CHAIN, line)]
    assert len(proofs) == 1
    assert "otpauth" not in done.stdout + done.stderr
    _require_what_came_later(lines)


def _require_what_came_later(lines: list[str]) -> None:
    """The change orders of the published file, nothing to do after them, and the difference that somebody made."""
    told = [" ".join(line.split()) for line in lines]
    assert "BC-2 Change order CO-01 2026-11 +6,068.00" in [re.sub(r"\d{4}-\d\d", "2026-11", line) for line in told]
    assert "CO - 02-002 / 3 +37,909.11" in told
    assert "CO - 02-003 / 3 -81,933.00" in told
    assert "Original Estimate 5,799,933.10 now 5,799,933.10 after it" in told
    # The sum of all rows that the agency published.
    assert "Current Estimate 5,799,933.10 now 5,761,977.21 after it" in told
    assert any(re.fullmatch(r"EX-\S+ is unchanged: nothing to do\. .+", line) for line in lines)
    moved = "- R - 9- / 3: Original Estimate in Vista: 110,500.00 verified, now 111,000.00. By: BUILDER\\accountant on "
    assert [line for line in told if line.startswith(moved)] != []
    assert told[-2] == "First export and update were verified: Original Estimate 5,799,933.10, Current 5,761,977.21."


def test_a_refused_command_is_told_without_the_one_time_code() -> None:
    answer = ("--plan", "35SV-7FMB", "--approver", "alex@example.com", "--code", "492039")
    with pytest.raises(CommandFailed) as refused:
        Commands({"PATH": os.defpath, "EXPORT_CONFIG": "missing.toml"}).json("accept", "EX-20261123-7F3K9Q", *answer)

    assert "--approver alex@example.com --code ****** --json ended with exit code 5" in str(refused.value)
    assert "492039" not in str(refused.value)


def test_the_phone_of_an_invented_person_shows_the_code_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret and the code of RFC 6238, appendix B, the last six digits."""
    phone = Phone(email="alex@example.com", uri=URI)
    monkeypatch.setattr("pyotp.totp.TOTP.now", lambda app: app.at(59))

    assert phone.code() == "287082"
    assert "GEZDGNBV" not in repr(phone)


def test_a_phone_gives_each_code_once(monkeypatch: pytest.MonkeyPatch) -> None:
    phone, shown = Phone(email="alex@example.com", uri=URI), iter([59, 59, 59, 1111111109])
    monkeypatch.setattr("pyotp.totp.TOTP.now", lambda app: app.at(next(shown)))
    monkeypatch.setattr("demo.people._LOOK_SECONDS", 0)

    assert [phone.fresh_code(), phone.fresh_code()] == ["287082", "081804"]


def test_estimates_are_added_up_from_the_plan_that_a_command_printed() -> None:
    orders = [{"items": [{"lines": [{"cost": "50.00"}, {"cost": "-20.00"}]}, {"lines": [{"cost": "1.50"}]}]}]
    lines = [{"before": None, "after": {"cost": "10.00"}}, {"before": {"cost": "5.00"}, "after": {"cost": "7.00"}}]
    plan = {"lines": lines, "changes_before": [["P", 1, "100.00"]], "change_orders": orders}

    assert estimates(plan) == Estimates(
        original_before=Decimal("5.00"),
        original_after=Decimal("17.00"),
        current_before=Decimal("105.00"),
        current_after=Decimal("148.50"),
    )
