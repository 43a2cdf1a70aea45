"""The guides are true: every command, exit code, setting and state they must explain is there, and examples load."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Delete, Insert, Update
from typer.main import get_command

from budget_export.app import app
from budget_export.exits import Exit
from connectors.vista import change_statements, statements
from connectors.vista.tables import metadata
from jobcost.acceptance import ACCEPT, KEEP, REJECT, SET_TO_ZERO
from jobcost.config import Changes, ExportConfig
from jobcost.lifecycle import ExportState
from jobcost.order_numbers import REVERSING
from jobcost.sync import Why

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "deployments").glob("*.md")))


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


def test_every_command_that_a_page_spells_out_has_the_options_it_is_given() -> None:
    spelled = [(page.name, words) for page in PAGES for words in _commands_in(page.read_text("utf-8"))]
    assert len(spelled) > 60
    assert [(page, " ".join(words)) for page, words in spelled if not _is_understood(words)] == []


def _commands_in(text: str) -> list[list[str]]:
    """Find what stands between backticks, or alone on an indented line, and begins with the program or a command."""
    commands = "|".join(get_command(app).commands)  # type: ignore[attr-defined]  # Typer's group has them
    spans = re.findall(rf"`(?:budget-export )?((?:{commands}) [^`]+)`", text)
    spans += re.findall(r"^ {4}budget-export (.+)$", text, re.MULTILINE)
    # What is explained beside an indented command stands after several blanks.
    return [re.split(r" {3}| +#", span)[0].split() for span in spans]


def _is_understood(words: list[str]) -> bool:
    command: Any = get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    options = {name for parameter in command.params for name in parameter.opts}
    is_whole = not hasattr(command, "commands")
    return is_whole and all(word in options for word in words if word.startswith("--"))


def test_the_operators_page_tells_of_every_deployment() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    names = re.findall(r"^  - name: (\S+)$", (ROOT / "prefect.yaml").read_text("utf-8"), re.MULTILINE)
    assert len(names) >= 9
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_operators_page_tells_of_every_way_in_which_the_sync_stops() -> None:
    """Each reason to skip a project is a row of sync.md; the operators' page names those that a person ends."""
    page = (ROOT / "docs" / "sync.md").read_text("utf-8")
    told = {
        Why.STOPPED: "`[sync] stopped_projects`",
        Why.VERIFICATION_FAILED: "its verification failed",
        Why.OPEN: "an export of it is open",
        Why.NEVER_EXPORTED: "never exported",
        Why.NOT_LISTED: "not linked any more",
        Why.INACTIVE: "it is inactive",
        Why.REFUSED: "was rejected or taken back",
        Why.UNDONE: "or undone",
        Why.BLOCKED: "blocked by findings",
        Why.RELINKED: "linked to another job now",
        Why.UNLOCKED: "it moved, and is unlocked",
    }
    assert set(told) == set(Why)
    assert [words for words in told.values() if words not in page] == []
    operators = (ROOT / "docs" / "operators.md").read_text("utf-8")
    assert "stopped_projects" in operators
    assert "budget-export clear" in operators


def test_the_page_of_the_rights_names_every_view_that_is_read_and_written() -> None:
    page = (ROOT / "deployments" / "README.md").read_text("utf-8")
    rights = {
        right: set(re.findall(r"`([A-Z][A-Za-z]+)`", row))
        for right, row in re.findall(r"^\| (read|insert|update|delete) \| (.+) \|$", page, re.MULTILINE)
    }
    written = [one for module in (statements, change_statements) for one in vars(module).values()]
    assert rights == {
        "read": set(metadata.tables),
        "insert": {str(one.table) for one in written if isinstance(one, Insert)},
        "update": {str(one.table) for one in written if isinstance(one, Update)},
        "delete": {str(one.table) for one in written if isinstance(one, Delete)},
    }


def test_the_approvers_page_explains_change_orders_and_the_choice_about_deleted_lines() -> None:
    page = (ROOT / "docs" / "approvers.md").read_text("utf-8")
    assert f"`{Changes().prefix}` and" in page
    assert f"**{KEEP}**" in page
    assert f"**{SET_TO_ZERO}**" in page


def test_the_operators_page_tells_what_an_update_does_with_a_change() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    config = Changes()
    assert (config.prefix, config.modification_prefix) == ("BC-", "BM-")
    assert "`BC-`" in page
    assert "`BM-`" in page
    assert "`BC-7R`" in page
    assert REVERSING == "R"


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
