"""Options that several commands share."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
ExportId = Annotated[str, typer.Argument(metavar="EXPORT", help="The export's id, such as EX-20261123-7F3K9Q.")]
Project = Annotated[
    str, typer.Argument(metavar="PROJECT", help="The Procore project's number. Files are not accepted.")
]
JobCode = Annotated[str, typer.Argument(metavar="JOB", help="The Vista job, as people write it: 1164I-001.")]
Profile = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Which companies, in an installation that has several; without it, those of the environment.",
    ),
]
# Of a command that names an export, or that looks at everything.
AnyProfile = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Which companies, in an installation that has several; without it, the export's own, or all.",
    ),
]
By = Annotated[str, typer.Option("--by", metavar="MAIL", help="Who you are: your e-mail address.")]
ApproverMail = Annotated[str, typer.Option("--approver", metavar="MAIL", help="The approver's e-mail address.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence for the other side.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for what happens next.")]
PersonMail = Annotated[str, typer.Argument(metavar="MAIL", help="The person's e-mail address, as in Procore.")]
# A code counts once and for half a minute, so that one in a shell's history is worth nothing.
Code = Annotated[
    str | None,
    typer.Option(
        "--code",
        metavar="CODE",
        help="The one-time code of your authenticator app; without it, you are asked on the terminal.",
        show_default=False,
    ),
]
