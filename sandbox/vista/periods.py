"""SQL that carries one JCCD row into the period totals JCCP, written once for insert, update and delete (facts 2.2)."""

_KEY = (
    "JCCo = {row}.JCCo AND Job = {row}.Job AND Phase = {row}.Phase AND PhaseGroup = {row}.PhaseGroup"
    " AND CostType = {row}.CostType AND Mth = {row}.Mth"
)
# Units count only where the detail is in the header's unit of measure.
_SAME_UNIT = (
    "{row}.UM = (SELECT h.UM FROM JCCH AS h WHERE h.JCCo = {row}.JCCo AND h.Job = {row}.Job"
    " AND h.PhaseGroup = {row}.PhaseGroup AND h.Phase = {row}.Phase AND h.CostType = {row}.CostType)"
)
_OTHER_AMOUNTS = (
    "ActualHours",
    "ActualCost",
    "ProjHours",
    "ProjCost",
    "ForecastHours",
    "ForecastCost",
    "TotalCmtdCost",
    "RemainCmtdCost",
)
_OTHER_UNITS = ("ActualUnits", "ProjUnits", "ForecastUnits", "TotalCmtdUnits", "RemainCmtdUnits")


def carried_to_periods(row: str, sign: str) -> str:
    """Statements that add ("+") the trigger's row NEW to JCCP, or take ("-") its row OLD away.

    Original Estimates (OE) count as original and current estimate, everything else as current only.
    """
    estimate = [_carried("CurrEst" + part, "Est" + part, 2, sign, row) for part in ("Hours", "Cost")]
    original = [_carried("OrigEst" + part, "Est" + part, 2, sign, row) for part in ("Hours", "Cost")]
    units = _carried("CurrEstUnits", "EstUnits", 3, sign, row)
    original_units = _carried("OrigEstUnits", "EstUnits", 3, sign, row)
    is_original = f"{row}.JCTransType = 'OE'"
    has_units = f"@n3({row}.EstUnits) <> 0 AND {_SAME_UNIT}"
    has_others = f"{row}.JCTransType NOT IN ('OE', 'CO')"
    updates = (
        (estimate, "1"),
        (original, is_original),
        ([units], has_units),
        ([original_units], f"{is_original} AND {has_units}"),
        ([_carried(name, name, 2, sign, row) for name in _OTHER_AMOUNTS], has_others),
        ([_carried(name, name, 3, sign, row) for name in _OTHER_UNITS], f"{has_others} AND {_SAME_UNIT}"),
    )
    return ";\n  ".join(
        f"UPDATE bJCCP SET {', '.join(settings)} WHERE {condition} AND {_KEY}".replace("{row}", row)
        for settings, condition in updates
    )


def _carried(total: str, detail: str, places: int, sign: str, row: str) -> str:
    return f"{total} = @t{places}(@n{places}({total}) {sign} @n{places}({row}.{detail}))"
