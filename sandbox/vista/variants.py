"""What can be wrong with a Vista job, one name for each; asked for when the database is built.

Some take an argument after a colon: `phase_inactive:R-1`, `cost_type_inactive:R-1:3`. They are applied in the order of
this module, whatever order they were asked for in, so that a job is filled before it is closed.
"""

from collections.abc import Callable, Sequence

from sandbox.vista.database import VistaDatabase
from sandbox.vista.seeds import START_MONTH, Site

_HEADER = (
    "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, OrigCost, SourceStatus)"
    " VALUES (?, ?, ?, ?, ?, 'LS', 'C', ?, ?)"
)
# The first three general items of the real bid; a generated job gets the same amounts on its first phases.
_AMOUNTS = ("2400.00", "15000.00", "1040.00")


def parsed_variants(variants: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Variant name -> its arguments, one for each time it was asked for.

    Raises:
        ValueError: for an unknown name, or an argument too many or missing.
    """
    wanted: dict[str, tuple[str, ...]] = {}
    for variant in variants:
        name, _, argument = variant.partition(":")
        if name not in VARIANTS:
            raise ValueError(f"Vista sandbox: unknown variant {name!r}; there are {', '.join(VARIANTS)}.")
        if (name in _NEEDS_ARGUMENT and not argument) or (argument and name not in _TAKES_ARGUMENT):
            raise ValueError(f"Vista sandbox: variant {variant!r}: expected {name}{':<argument>' * (not argument)}.")
        wanted[name] = (*wanted.get(name, ()), argument)
    return wanted


def apply_variants(vista: VistaDatabase, site: Site, wanted: dict[str, tuple[str, ...]]) -> None:
    """Apply the parsed variants to a freshly built database."""
    for name, put_in_place in VARIANTS.items():
        for argument in wanted.get(name, ()):
            put_in_place(vista, site, argument)


def _valid_phase_chars(vista: VistaDatabase, _: Site, argument: str) -> None:
    vista.execute("UPDATE bJCCO SET ValidPhaseChars = ?", (int(argument),))


def _auto_add_item(vista: VistaDatabase, _: Site, __: str) -> None:
    vista.execute("UPDATE bJCJM SET AutoAddItemYN = 'Y'")


def _site_trigger(vista: VistaDatabase, _: Site, __: str) -> None:
    vista.run("site_trigger.sql")


def _estimates_already_there(vista: VistaDatabase, site: Site, _: str) -> None:
    for phase, amount in zip(site.phases, _AMOUNTS, strict=False):
        if not _has_header(vista, phase.phase, phase.cost_type):
            _add_header(vista, site, phase.phase, phase.cost_type, amount=amount)


def _drifted_detail(vista: VistaDatabase, site: Site, argument: str) -> None:
    """The first header's detail and the second header's period totals no longer add up to the estimate."""
    _estimates_already_there(vista, site, argument)
    first, second = (phase.phase for phase in site.phases[:2])
    vista.execute("UPDATE bJCCD SET EstCost = '2350.00' WHERE JCTransType = 'OE' AND Phase = ?", (first,))
    vista.execute("UPDATE bJCCP SET OrigEstCost = '14900.00' WHERE Phase = ?", (second,))


def _pm_rows(vista: VistaDatabase, site: Site, _: str) -> None:
    """The last two phases wait in Project Management: one to be sent, one not."""
    for phase, status in zip(site.phases[-2:], ("Y", "N"), strict=True):
        _add_header(vista, site, phase.phase, phase.cost_type, amount="500.00", status=status)


def _cost_type_inactive(vista: VistaDatabase, site: Site, argument: str) -> None:
    code, _, cost_type = argument.partition(":")
    known = next(phase for phase in site.phases if code in {"", phase.code})
    number = int(cost_type or known.cost_type)
    if not _has_header(vista, known.phase, number):
        _add_header(vista, site, known.phase, number)
    vista.execute("UPDATE JCCH SET ActiveYN = 'N' WHERE Phase = ? AND CostType = ?", (known.phase, number))


def _phase_inactive(vista: VistaDatabase, site: Site, argument: str) -> None:
    vista.execute(
        "INSERT INTO JCJP (JCCo, Job, PhaseGroup, Phase, Description, Contract, Item, ActiveYN)"
        " SELECT ?, ?, ?, ?, 'No longer used', ?, MIN(Item), 'N' FROM bJCCI WHERE Contract = ?"
        " AND NOT EXISTS (SELECT 1 FROM JCJP WHERE Phase = ?) GROUP BY Contract",
        (
            site.jcco,
            site.job,
            site.phase_group,
            site.phase(argument),
            site.contract,
            site.contract,
            site.phase(argument),
        ),
    )
    vista.execute("UPDATE JCJP SET ActiveYN = 'N' WHERE Phase = ?", (site.phase(argument),))


def _phase_missing(vista: VistaDatabase, site: Site, argument: str) -> None:
    vista.execute("DELETE FROM bJCPM WHERE Phase = ?", (site.phase(argument),))


def _phases_locked(vista: VistaDatabase, _: Site, __: str) -> None:
    vista.execute("UPDATE bJCJM SET LockPhases = 'Y'")


def _status(number: int) -> Callable[[VistaDatabase, Site, str], None]:
    def put_in_place(vista: VistaDatabase, _: Site, __: str) -> None:
        # Vista pushes the contract's status to its jobs.
        vista.execute("UPDATE bJCCM SET ContractStatus = ?", (number,))

    return put_in_place


def _contract_closed(vista: VistaDatabase, site: Site, _: str) -> None:
    """Only the contract: a state Vista's triggers do not let a person reach, but a restore or a script does."""
    vista.execute("DELETE FROM bJCCM")
    vista.execute(
        "INSERT INTO bJCCM (JCCo, Contract, Description, ContractStatus, Department, StartMonth)"
        " VALUES (?, ?, ?, 3, '1', ?)",
        (site.jcco, site.contract, "Closed", START_MONTH),
    )


def _no_contract_item(vista: VistaDatabase, _: Site, __: str) -> None:
    vista.execute("DELETE FROM bJCCI")


def _item_without_start_month(vista: VistaDatabase, _: Site, __: str) -> None:
    vista.execute("UPDATE bJCCI SET StartMonth = NULL")


def _job_missing(vista: VistaDatabase, _: Site, __: str) -> None:
    vista.execute("DELETE FROM bJCJM")


def _trigger_disabled(vista: VistaDatabase, _: Site, __: str) -> None:
    vista.run("trigger_disabled.sql")


def _login_unsecured(vista: VistaDatabase, _: Site, __: str) -> None:
    """The login has no row in vDDDU: the view HQCO is empty for it."""
    vista.execute("DELETE FROM vDDDU")


def _has_header(vista: VistaDatabase, phase: str, cost_type: int) -> bool:
    found = vista.execute("SELECT 1 FROM JCCH WHERE Phase = ? AND CostType = ?", (phase, cost_type)).fetchone()
    return found is not None


def _add_header(
    vista: VistaDatabase,
    site: Site,
    phase: str,
    cost_type: int,
    *,
    amount: str = "0.00",
    status: str = "J",
) -> None:
    vista.execute(_HEADER, (site.jcco, site.job, site.phase_group, phase, cost_type, amount, status))


VARIANTS: dict[str, Callable[[VistaDatabase, Site, str], None]] = {
    "valid_phase_chars": _valid_phase_chars,
    "auto_add_item": _auto_add_item,
    "site_trigger": _site_trigger,
    "estimates_already_there": _estimates_already_there,
    "drifted_detail": _drifted_detail,
    "pm_rows": _pm_rows,
    "cost_type_inactive": _cost_type_inactive,
    "phase_inactive": _phase_inactive,
    "phase_missing": _phase_missing,
    "phases_locked": _phases_locked,
    "job_pending": _status(0),
    "job_soft_closed": _status(2),
    "job_hard_closed": _status(3),
    "contract_closed": _contract_closed,
    "no_contract_item": _no_contract_item,
    "item_without_start_month": _item_without_start_month,
    "job_missing": _job_missing,
    "trigger_disabled": _trigger_disabled,
    "login_unsecured": _login_unsecured,
}
_NEEDS_ARGUMENT = frozenset({"valid_phase_chars", "phase_inactive", "phase_missing"})
_TAKES_ARGUMENT = _NEEDS_ARGUMENT | {"cost_type_inactive"}
