"""Vista's fidelity table: cost detail, its totals and its numbers, contracts of other jobs (facts 2.2, 2.6, 2.8)."""

from tests.contract.vista_desk import G1, VistaFidelity, header

# In the phase master with labor, materials and subcontract.
_MAIN = "SW   -  5-   "
_PURGING = "UPDATE bJCJM SET ClosePurgeFlag = 'Y'"
_IN_MARCH = "UPDATE bJCCI SET StartMonth = '2026-03-01 00:00:00.000000'"


def _detail(
    kind: str, source: str, amount: str, *, phase: str = G1, month: str = "2026-02-01", number: int = 900
) -> str:
    """A statement that adds one row of cost detail; the amount names its column."""
    column, _, value = amount.partition("=")
    return (
        "INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate,"
        f" JCTransType, Source, {column}) VALUES (1, '{month} 00:00:00.000000', {number}, '1164I-001', 1, '{phase}', 3,"
        f" :JANUARY, :JANUARY, '{kind}', '{source}', '{value}')"
    )


TOTALS = (
    VistaFidelity(
        "changed-detail-moves-the-totals-by-new-minus-old",
        "2.2",
        "a script's change of the detail itself",
        (header(), "UPDATE bJCCD SET EstCost = '60.00', EstHours = '2.00'"),
        "SELECT OrigEstCost, CurrEstCost, OrigEstHours FROM JCCP",
        (("60.00", "60.00", "2.00"),),
    ),
    VistaFidelity(
        "deleted-detail-leaves-the-totals-and-is-audited",
        "2.2",
        "whatever the flags say",
        ("UPDATE bJCCO SET AuditCostTypes = 'N'", header(), "DELETE FROM bJCCD"),
        "SELECT OrigEstCost, CurrEstCost, (SELECT rtrim(TableName) FROM HQMA WHERE RecType = 'D') FROM JCCP",
        (("0.00", "0.00", "bJCCD"),),
    ),
    VistaFidelity(
        "purged-detail-stays-in-the-totals-and-is-not-audited",
        "2.2",
        "ClosePurgeFlag Y",
        (header(), _PURGING, "DELETE FROM bJCCD"),
        "SELECT OrigEstCost, CurrEstCost, (SELECT count(*) FROM HQMA WHERE RecType = 'D') FROM JCCP",
        (("100.00", "100.00", 0),),
    ),
    VistaFidelity(
        "a-purged-header-leaves-its-revenue",
        "2.4",
        "ClosePurgeFlag Y",
        (header(), _PURGING, "DELETE FROM JCCH"),
        "SELECT OrigContractAmt FROM JCCI WHERE Item = :ITEM1",
        (("100.00",),),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "a-purged-phase-leaves-its-revenue",
        "2.4, 2.5",
        "ClosePurgeFlag Y",
        (header(), _PURGING, "DELETE FROM JCJP"),
        "SELECT OrigContractAmt FROM JCCI WHERE Item = :ITEM1",
        (("100.00",),),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "the-month-of-a-total-never-changes",
        "2.2",
        "keys of JCCP",
        (header(), "UPDATE bJCCP SET Mth = '2026-02-01 00:00:00.000000'"),
        refused="Key fields may not be changed - cannot update Cost by Period!",
    ),
    VistaFidelity(
        "detail-creates-its-header",
        "2.2, 2.8 bspJCADDCOSTTYPE",
        "with a zero estimate, whose own detail and total stand in the item's month",
        (_detail("AP", "AP Entry", "ActualCost=12.34", phase=_MAIN),),
        "SELECT @month(p.Mth), p.ActualCost, p.OrigEstCost, h.OrigCost, h.UM, d.JCTransType FROM JCCP AS p"
        " JOIN JCCH AS h ON h.Phase = p.Phase JOIN JCCD AS d ON d.Phase = p.Phase AND d.Mth = p.Mth ORDER BY p.Mth",
        (("2026-01", "0.00", "0.00", "0.00", "LF", "OE"), ("2026-02", "12.34", "0.00", "0.00", "LF", "AP")),
    ),
)

NUMBERS = (
    VistaFidelity(
        "estimates-that-move-take-the-next-numbers-of-their-month",
        "2.6, 2.8",
        "and not those after another's number",
        (header(), _detail("PO", "PO Entry", "RemainCmtdCost=4.00", month="2026-03-01"), _IN_MARCH),
        "SELECT (SELECT CostTrans FROM JCCD WHERE JCTransType = 'OE'), @month(Mth), LastTrans FROM HQTC ORDER BY Mth",
        ((1, "2026-01", 1), (1, "2026-03", 1)),
    ),
    VistaFidelity(
        "a-start-month-without-estimates-counts-nothing",
        "2.6",
        "no row of HQTC",
        (_IN_MARCH,),
        "SELECT count(*) FROM HQTC",
        ((0,),),
    ),
    VistaFidelity(
        "a-contract-closes-no-job-of-another",
        "1.3 JCCM",
        "the status is pushed to its own jobs alone",
        (
            (
                "INSERT INTO bJCCM (JCCo, Contract, ContractStatus, Department, StartMonth)"
                " VALUES (1, 'B', 1, '1', :JANUARY)"
            ),
            "INSERT INTO bJCJM (JCCo, Job, Contract, JobStatus) VALUES (1, 'B-001', 'B', 1)",
            "UPDATE bJCCM SET ContractStatus = 2 WHERE Contract = 'B'",
        ),
        "SELECT Job, JobStatus FROM JCJM ORDER BY Job",
        (("1164I-001", 1), ("B-001", 2)),
    ),
)

DETAIL = (*TOTALS, *NUMBERS)
