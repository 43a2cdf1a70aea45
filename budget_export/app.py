"""The command line `budget-export`: everything that the Prefect UI offers, and looking things up.

Commands print tables for people, or one JSON document with --json. Exit codes: docs/cli.md.
"""

import sys

import typer
from rich.markup import escape

from budget_export import (
    auditing,
    deciding,
    deploying,
    history,
    looking,
    people,
    receiving,
    reconciling,
    sending,
    syncing,
)
from budget_export.exits import Exit, exit_of, is_for_people
from budget_export.printing import errors, print_json

app = typer.Typer(
    name="budget-export",
    help="Exports an accepted Procore budget to Viewpoint Vista as the Original Estimate, and verifies it there.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
app.command("setup")(sending.setup)
app.command("update")(sending.update)
app.command("undo")(sending.undo)
app.command("plan")(sending.plan)
app.command("retrieve")(sending.retrieve)
app.command("inbox")(looking.inbox)
app.command("show")(looking.show)
app.command("history")(history.history)
app.command("verify")(looking.verify)
app.command("doctor")(looking.doctor)
app.command("accept")(deciding.accept)
app.command("reject")(deciding.reject)
app.command("clear")(deciding.clear)
app.command("reconcile")(reconciling.reconcile)
app.command("sync")(syncing.sync)
app.command("receive-webhooks")(receiving.receive_webhooks)
app.command("deploy")(deploying.deploy)
app.command("audit")(auditing.audit)
app.command("new-key")(auditing.new_key)
app.add_typer(people.approvers, name="approvers")
app.add_typer(people.operators, name="operators")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors written for people are shown without a traceback."""
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        # For people Typer itself says what is wrong with a call; it knows no JSON.
        sys.exit(app(arguments, standalone_mode=not as_json))
    except typer.TyperException as misuse:
        _print_error(type(misuse).__name__, misuse.format_message(), Exit.WRONG_USAGE)
        sys.exit(Exit.WRONG_USAGE)
    except Exception as error:
        if not is_for_people(error):
            raise
        code = exit_of(error)
        if as_json:
            _print_error(type(error).__name__, str(error), code)
        else:
            errors.print(f"[bold red]{type(error).__name__}[/]: {escape(str(error))}", highlight=False)
        sys.exit(code)


def _print_error(name: str, message: str, code: Exit) -> None:
    print_json({"error": name, "message": message, "exit_code": int(code)})
