"""Vista's fidelity table: approved change orders (facts 1.3, 2.2, 2.7)."""

from tests.contract.vista_desk import G1, G2, VistaFidelity, header

_AUDITED = "UPDATE bJCCO SET AuditChngOrders = 'Y'"
_DETAIL = " - cannot insert Cost Detail Trans # <trans> Phase <phase> Cost Type <cost type>"


def _head(aco: str = "BC-7", contract: str = "1164I") -> str:
    return (
        "INSERT INTO JCOH (JCCo, Job, ACO, Contract, ApprovalDate, IntExt)"
        f" VALUES (1, '1164I-001', '{aco}', '{contract}', '2026-11-23', 'I')"
    )


def _item(aco: str = "BC-7", *, revenue: str = "0.00") -> str:
    return (
        "INSERT INTO JCOI (JCCo, Job, ACO, ACOItem, Contract, Item, ApprovedMonth, ContractAmt)"
        f" VALUES (1, '1164I-001', '{aco}', '1', '1164I', :ITEM1, '2026-11-01', '{revenue}')"
    )


def _line(cost: str = "25.00", *, aco: str = "BC-7", phase: str = G1, um: str = "LS", units: str = "0.000") -> str:
    return (
        "INSERT INTO JCOD (JCCo, Job, ACO, ACOItem, PhaseGroup, Phase, CostType, MonthAdded, UM, EstUnits, EstCost)"
        f" VALUES (1, '1164I-001', '{aco}', '1', 1, '{phase}', 3, '2026-11-01', '{um}', '{units}', '{cost}')"
    )


_ORDER = (_head(), _item(), _line())

ORDERS = (
    VistaFidelity(
        "each-line-of-a-change-order-posts-one-row",
        "2.7",
        "with number and item, in the month of the line",
        (header(), header(G2), _head(), _item(), _line(), _line("-7.50", phase=G2)),
        "SELECT Phase, EstCost, ACO, ACOItem, @month(Mth), UM, PostedUM FROM JCCD WHERE JCTransType = 'CO'"
        " ORDER BY KeyID",
        ((G1, "25.00", "BC-7", "1", "2026-11", "LS", "LS"), (G2, "-7.50", "BC-7", "1", "2026-11", "LS", "LS")),
    ),
    VistaFidelity(
        "change-orders-of-one-line-add-up",
        "2.7",
        "in the current estimate of their month",
        (header(), *_ORDER, _head("BC-8"), _item("BC-8"), _line("-5.00", aco="BC-8")),
        "SELECT @month(Mth), OrigEstCost, CurrEstCost FROM JCCP ORDER BY Mth",
        (("2026-01", "100.00", "100.00"), ("2026-11", "0.00", "20.00")),
    ),
    VistaFidelity(
        "a-line-of-zero-is-posted-too",
        "2.7",
        "one row, no amount",
        (header(), _head(), _item(), _line("0.00")),
        "SELECT EstCost FROM JCCD WHERE JCTransType = 'CO'",
        (("0.00",),),
    ),
    VistaFidelity(
        "units-of-a-change-order-count-in-the-headers-unit-only",
        "2.2, 2.7",
        "LF on a line measured in LS: the money counts, the units do not",
        (header(), _head(), _item(), _line(um="LF", units="4.000")),
        "SELECT CurrEstUnits, CurrEstCost FROM JCCP WHERE @month(Mth) = '2026-11'",
        (("0.000", "25.00"),),
    ),
    VistaFidelity(
        "a-number-is-there-once",
        "1.3 JCOH",
        "unique: company, job, number",
        (_head(), _head()),
        refused="UNIQUE constraint failed: JCOH.JCCo, JCOH.Job, JCOH.ACO",
    ),
    VistaFidelity(
        "a-line-is-there-once-in-an-item",
        "1.3 JCOD",
        "unique down to the cost type",
        (header(), *_ORDER, _line("1.00")),
        refused="UNIQUE constraint failed: JCOD.JCCo, JCOD.Job, JCOD.ACO, JCOD.ACOItem, JCOD.PhaseGroup, JCOD.Phase,"
        " JCOD.CostType",
    ),
    VistaFidelity(
        "change-order-detail-needs-its-line",
        "2.2",
        "cost detail naming an item that has no line",
        (
            header(),
            (
                "INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate,"
                " JCTransType, Source, EstCost, ACO, ACOItem) VALUES (1, :JANUARY, 900, '1164I-001', 1, :G1, 3,"
                " :JANUARY, :JANUARY, 'CO', 'JC ChngOrd', '1.00', 'BC-7', '1')"
            ),
        ),
        refused="ACO Item is invalid" + _DETAIL,
    ),
    VistaFidelity(
        "a-change-order-on-an-inactive-phase",
        "2.7, 2.8",
        "it is refused, the suffix names the table",
        (header(), "UPDATE JCJP SET ActiveYN = 'N'", *_ORDER),
        refused="Phase <phase> for JC Co <company>, Job<job> is inactive! - cannot insert Change Order Detail!",
    ),
    VistaFidelity(
        "revenue-of-a-change-order-raises-the-contract-amount",
        "1.3 JCOI, bJCID",
        "never the original one; a CO row of the contract item",
        (_head(), _item(revenue="40.00")),
        "SELECT OrigContractAmt, ContractAmt, (SELECT @list(@text(JCTransType, ContractAmt)) FROM JCID) FROM JCCI"
        " WHERE Item = :ITEM1",
        (("0.00", "40.00", "CO40.00"),),
    ),
    VistaFidelity(
        "no-revenue-moves-nothing",
        "2.7",
        "0 for a move inside the budget, also where the job adds estimates to revenue",
        (_head(), _item(), _line()),
        "SELECT OrigContractAmt, ContractAmt, (SELECT count(*) FROM JCID) FROM JCCI",
        (("0.00", "0.00", 0), ("0.00", "0.00", 0)),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "an-original-changed-afterwards-leaves-change-orders-alone",
        "2.3, 2.7",
        "the difference is that of the original detail",
        (header(), *_ORDER, "UPDATE JCCH SET OrigCost = '70.00'"),
        "SELECT JCTransType, EstCost FROM JCCD ORDER BY KeyID",
        (("OE", "100.00"), ("CO", "25.00"), ("OE", "-30.00")),
    ),
    VistaFidelity(
        "change-orders-are-audited",
        "1.3 JCCO.AuditChngOrders",
        "where the company asks for it",
        (_AUDITED, header(), *_ORDER),
        "SELECT rtrim(TableName), RecType, UserName FROM HQMA WHERE TableName LIKE 'bJCO%' ORDER BY AuditID",
        tuple((table, "A", "procore_export") for table in ("bJCOH", "bJCOI", "bJCOD")),
    ),
    VistaFidelity(
        "change-orders-are-not-audited-without-the-flag",
        "1.3 JCCO.AuditChngOrders",
        "no row",
        (header(), *_ORDER),
        "SELECT count(*) FROM HQMA WHERE TableName LIKE 'bJCO%'",
        ((0,),),
    ),
    VistaFidelity(
        "committed-cost-is-no-estimate",
        "2.2",
        "a purchase order raises committed cost alone",
        (
            header(),
            (
                "INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate,"
                " JCTransType, Source, TotalCmtdCost, RemainCmtdCost) VALUES (1, :JANUARY, 900, '1164I-001', 1, :G1, 3,"
                " :JANUARY, :JANUARY, 'PO', 'PO Entry', '9.00', '4.00')"
            ),
        ),
        "SELECT OrigEstCost, CurrEstCost, TotalCmtdCost, RemainCmtdCost FROM JCCP",
        (("100.00", "100.00", "9.00", "4.00"),),
    ),
)
