"""`make demo` does the main job on real input, and ends with the line that other programs read."""

import os
import re
import subprocess
import sys

import pytest

from demo.commands import CommandFailed, Commands
from demo.people import Phone
from tests.core.sources import ROOT

URI = "otpauth://totp/Budget%20export:alex@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Budget%20export"


@pytest.mark.prefect
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("demo")
def test_without_a_terminal_the_demo_exports_the_budget_and_tells_of_mails_and_audit() -> None:
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
    assert mailed == [
        f"  alex.approver@example.com: Decided in your name: {budget}",
        f"  alex.approver@example.com: Please accept or reject: {budget}",
        f"  alex.approver@example.com: Verified in Vista: {budget}",
        f"  priya.pm@example.com: A budget was sent in your name: {budget}",
        f"  priya.pm@example.com: Verified in Vista: {budget}",
    ]
    assert "  Read back from Vista: 5,799,933.10 dollars in 69 lines" in lines
    assert re.fullmatch(r"  The journal's chain is unbroken: \d+ links, the last one sealed [0-9a-f]{64}", lines[-2])
    assert "otpauth" not in done.stdout + done.stderr


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
