"""The guides are true: every command, exit code, setting and state they must explain is there, and examples load."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

from typer.main import get_command

from budget_export.app import app
from budget_export.exits import Exit
from jobcost.acceptance import ACCEPT, REJECT
from jobcost.config import ExportConfig
from jobcost.lifecycle import ExportState

ROOT = Path(__file__).parents[2]


def test_every_command_and_exit_code_is_explained() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    commands = sorted(get_command(app).commands)  # type: ignore[attr-defined]  # Typer's group has them
    assert [name for name in commands if f"`{name}" not in page] == []
    assert [code for code in Exit if f"| {int(code)} |" not in page] == []


def test_the_configuration_page_shows_a_configuration_that_loads() -> None:
    example = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "configuration.md").read_text("utf-8"), re.DOTALL)
    assert example is not None
    config = ExportConfig.model_validate(tomllib.loads(example.group(1), parse_float=Decimal))
    assert config.limits.two_approvers_above == Decimal("1000000.00")
    assert config.acceptance == ExportConfig().acceptance


def test_the_configuration_page_names_every_setting_of_the_file() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    sections = {name: field.annotation for name, field in ExportConfig.model_fields.items()}
    names = [inner for section in sections.values() for inner in getattr(section, "model_fields", {})]
    assert [name for name in names if name not in page] == []


def test_the_operators_page_explains_every_state_people_see() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    on_the_way = {ExportState.PROPOSED, ExportState.AWAITING_ACCEPTANCE, ExportState.ACCEPTED}
    on_the_way |= {ExportState.APPLYING, ExportState.APPLIED}
    shown = [str(state).replace("_", " ").capitalize() for state in ExportState if state not in on_the_way]
    assert [state for state in shown if f"| {state} |" not in page] == []


def test_the_approvers_page_names_both_answers() -> None:
    page = (ROOT / "docs" / "approvers.md").read_text("utf-8")
    assert f"**{ACCEPT}**" in page
    assert f"**{REJECT}**" in page


def test_the_approvers_page_stays_short_enough_for_two_printed_pages() -> None:
    """Where a browser is there, tests/browser/test_guide_on_paper.py counts the sheets."""
    page = (ROOT / "docs" / "approvers.md").read_text("utf-8")
    pictures = re.findall(r'<img src="(\S+)"', page)
    assert len(pictures) == 5
    assert [name for name in pictures if not (ROOT / "docs" / name).exists()] == []
    assert len(page.split()) <= 1000


def test_the_commands_of_the_guides_exist() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]  # Typer's group has them
    named = {
        (name, second)
        for guide in ("approvers.md", "operators.md")
        for name, second in re.findall(
            r"(?:budget-export |`)(approvers|operators) ([a-z]+)", (ROOT / "docs" / guide).read_text("utf-8")
        )
    }
    assert len(named) >= 8
    assert [pair for pair in sorted(named) if pair[1] not in commands[pair[0]].commands] == []
    texts = [(ROOT / "docs" / guide).read_text("utf-8") for guide in ("approvers.md", "operators.md")]
    called = {name for text in texts for name in re.findall(r"budget-export ([a-z-]+)", text)}
    assert called - set(commands) == set()


def test_the_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
