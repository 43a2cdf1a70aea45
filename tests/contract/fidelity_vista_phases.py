"""Vista's fidelity table: job phases, other cost detail, contracts and change orders (facts 2.2, 2.4 to 2.7)."""

from tests.contract.vista_desk import G1, ITEM9, JANUARY, R1, VistaFidelity, change, header, job_phase

_INSERT = " - cannot insert Job Phase!"
_UPDATE = " - cannot update Job Phases!"
_THREE_ACTS = (job_phase(Description="first"), "UPDATE JCJP SET Description = 'second'", "DELETE FROM JCJP")
_AUDITED = "SELECT RecType, rtrim(FieldName), OldValue, NewValue FROM HQMA WHERE TableName = 'bJCJP' ORDER BY AuditID"
_COSTS = (
    "INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType,"
    " Source, ActualCost) VALUES (1, '2026-02-01 00:00:00.000000', 1, '1164I-001', 1, :G1, 3, :JANUARY, :JANUARY,"
    " 'AP', 'AP Entry', '12.34')"
)
_DETAIL = " - cannot insert Cost Detail Trans # <trans> Phase <phase> Cost Type <cost type>"
_ACO = (
    "INSERT INTO JCOH (JCCo, Job, ACO, Contract, ApprovalDate) VALUES (1, '1164I-001', '1', '1164I', :JANUARY)",
    """INSERT INTO JCOI (JCCo, Job, ACO, ACOItem, Contract, Item, ApprovedMonth, ContractAmt)
       VALUES (1, '1164I-001', '1', '1', '1164I', :ITEM1, :JANUARY, '0.00')""",
    """INSERT INTO JCOD (JCCo, Job, ACO, ACOItem, PhaseGroup, Phase, CostType, MonthAdded, UM, EstCost)
       VALUES (1, '1164I-001', '1', '1', 1, :G1, 3, '2026-02-01', 'LS', '25.00')""",
)

PHASES = (
    VistaFidelity(
        "a-direct-phase-is-not-checked",
        "2.5",
        "the trigger finds the row itself: unformatted and unknown gets in",
        (job_phase("ANYTHING"),),
        "SELECT Phase FROM JCJP",
        (("ANYTHING",),),
    ),
    VistaFidelity(
        "another-contract",
        "2.5",
        "it exists, but is not the job's",
        (
            """INSERT INTO bJCCM (JCCo, Contract, ContractStatus, Department, StartMonth)
               VALUES (1, 'B', 1, '1', :JANUARY)""",
            job_phase(contract="B"),
        ),
        refused="Phase contract does not match the contract for the job." + _INSERT,
    ),
    VistaFidelity(
        "no-such-contract",
        "2.5",
        "",
        (job_phase(contract="Z"),),
        refused="<contract> is an invalid Contract." + _INSERT,
    ),
    VistaFidelity(
        "blank-item", "2.5", "", (job_phase(item=" "),), refused="Missing contract item for phase: <phase>" + _INSERT
    ),
    VistaFidelity(
        "no-such-item", "2.5", "", (job_phase(item="9"),), refused="<item> is an invalid Contract Item." + _INSERT
    ),
    VistaFidelity(
        "auto-add-item-makes-the-item",
        "2.5",
        "with the contract's month",
        (job_phase(item=ITEM9),),
        "SELECT UM, StartMonth FROM JCCI WHERE Item = :ITEM9",
        (("LS", JANUARY),),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "a-percentage-over-one",
        "2.5",
        "ProjMinPct",
        (job_phase(ProjMinPct="1.5"),),
        refused="Projection minimum percent is not a valid percentage." + _INSERT,
    ),
    VistaFidelity(
        "another-phase-group",
        "2.8",
        "than the company's",
        (job_phase(phase_group=2),),
        refused="Phase Group <phase group> for HQ Company <company> does not match Phase Group <phase group>" + _INSERT,
    ),
    VistaFidelity(
        "mentioning-the-phase-is-refused",
        "2.5",
        "even with the same value",
        (job_phase(), "UPDATE JCJP SET Phase = Phase"),
        refused="Update to Phase not allowed" + _UPDATE,
    ),
    VistaFidelity(
        "a-phase-moves-to-an-item-that-is-there",
        "2.5",
        "any other is refused",
        (job_phase(), "UPDATE JCJP SET Item = :ITEM9"),
        refused="<item> is an invalid Contract Item." + _UPDATE,
    ),
    VistaFidelity(
        "a-moved-phase-takes-its-revenue-along",
        "2.5",
        "to the other contract item",
        (header(), "UPDATE JCJP SET Item = :ITEM2"),
        "SELECT OrigContractAmt FROM JCCI ORDER BY Item",
        (("0.00",), ("100.00",)),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "a-deleted-phase-takes-its-headers-along",
        "2.5",
        "with the rules of 2.4",
        (header(), header(cost_type=1), "DELETE FROM JCJP"),
        "SELECT (SELECT count(*) FROM JCCH), (SELECT count(*) FROM JCCD)",
        ((0, 0),),
    ),
    VistaFidelity(
        "a-deleted-phase-takes-its-revenue-back",
        "2.4, 2.5",
        "once",
        (header(), header(cost_type=1), "DELETE FROM JCJP"),
        "SELECT OrigContractAmt, ContractAmt FROM JCCI WHERE Item = :ITEM1",
        (("0.00", "0.00"),),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "phases-are-audited",
        "2.5",
        "added, changed, deleted, when the company audits phases",
        _THREE_ACTS,
        _AUDITED,
        (("A", None, None, None), ("C", "Description", "first", "second"), ("D", None, None, None)),
    ),
    VistaFidelity(
        "phases-are-not-audited-without-the-flag",
        "2.5",
        "no row",
        ("UPDATE bJCCO SET AuditPhases = 'N'", *_THREE_ACTS),
        _AUDITED,
        (),
    ),
)

OTHERS = (
    VistaFidelity(
        "actual-cost-counts-in-its-month",
        "2.2",
        "not as estimate",
        (header(), _COSTS),
        "SELECT @month(Mth), ActualCost, OrigEstCost, CurrEstCost FROM JCCP ORDER BY Mth",
        (("2026-01", "0.00", "100.00", "100.00"), ("2026-02", "12.34", "0.00", "0.00")),
    ),
    VistaFidelity(
        "cost-keeps-the-header",
        "2.4",
        "actuals do not net zero",
        (header(), _COSTS, "DELETE FROM JCCH"),
        refused="Actual values do not net zero. - cannot delete JC Cost Header!",
    ),
    VistaFidelity(
        "unknown-transaction-type",
        "2.2",
        "JCTransType",
        (header(), _COSTS.replace("'AP',", "'XX',")),
        refused="Invalid Trans Type." + _DETAIL,
    ),
    VistaFidelity(
        "cost-without-header-needs-the-master",
        "2.2, 2.8",
        "bspJCADDCOSTTYPE",
        (_COSTS,),
        refused="Phase <phase> Cost Type <cost type> combination has not been set up in either Phase Master or Job"
        " Phases." + _DETAIL,
    ),
    VistaFidelity(
        "another-start-month-moves-the-estimates",
        "2.6",
        "new rows there, old ones deleted; all amounts stay",
        (header(), header(R1), "UPDATE bJCCI SET StartMonth = '2026-03-01'"),
        "SELECT @month(Mth), CostTrans, Phase, EstCost FROM JCCD ORDER BY KeyID",
        (("2026-03", 1, G1, "100.00"), ("2026-03", 2, R1, "100.00")),
    ),
    VistaFidelity(
        "another-start-month-moves-the-totals",
        "2.6",
        "and the counter runs on",
        (header(), "UPDATE bJCCI SET StartMonth = '2026-03-01'", header(R1)),
        "SELECT Phase, @month(Mth), OrigEstCost FROM JCCP ORDER BY Phase, Mth",
        ((G1, "2026-01", "0.00"), (G1, "2026-03", "100.00"), (R1, "2026-03", "100.00")),
    ),
    VistaFidelity(
        "a-contract-closes-its-jobs",
        "1.3 JCCM",
        "the status is pushed",
        ("UPDATE bJCCM SET ContractStatus = 2",),
        "SELECT JobStatus FROM JCJM",
        ((2,),),
    ),
    VistaFidelity(
        "a-job-follows-its-contract",
        "2.6",
        "another status is refused",
        ("UPDATE bJCJM SET JobStatus = 3",),
        refused="Job status must equal contract status - cannot update Job!",
    ),
    VistaFidelity(
        "a-job-in-another-case",
        "1.3 JCJM",
        "is refused",
        ("INSERT INTO bJCJM (JCCo, Job, Contract) VALUES (1, '1164i-001', '1164I')",),
        refused="Job already exists in another case - cannot insert Job!",
    ),
    VistaFidelity(
        "a-change-order-posts-its-own-detail",
        "2.7",
        "CO, in its month",
        (header(), *_ACO),
        "SELECT JCTransType, Source, @month(Mth), EstCost, ACO FROM JCCD ORDER BY KeyID",
        (("OE", "JC OrigEst", "2026-01", "100.00", None), ("CO", "JC ChngOrd", "2026-02", "25.00", "1")),
    ),
    VistaFidelity(
        "a-change-order-raises-only-the-current-estimate",
        "2.7",
        "never the original",
        (header(), *_ACO),
        "SELECT (SELECT OrigCost FROM JCCH), @sum(OrigEstCost), @sum(CurrEstCost) FROM JCCP",
        (("100.00", 100.0, 125.0),),
    ),
    VistaFidelity(
        "a-change-order-ignores-the-lock",
        "2.7",
        "adds phase and cost type with a zero estimate",
        _ACO,
        "SELECT Phase, OrigCost FROM JCCH",
        ((G1, "0.00"),),
        variants=("phases_locked",),
    ),
    VistaFidelity(
        "a-change-order-keeps-the-unit",
        "2.3",
        "JCOD exists",
        (header(), *_ACO, change("UM = 'SF'")),
        refused="Cannot change UM for Phase: <phase> CostType: <cost type>. Change order detail exists."
        " - cannot update JCCH!",
    ),
    VistaFidelity(
        "a-change-order-keeps-the-header",
        "2.4",
        "approved detail, though every amount is zero",
        (header(OrigCost="0.00"), *_ACO[:-1], _ACO[-1].replace("25.00", "0.00"), "DELETE FROM JCCH"),
        refused="Approved Change Order Detail exists. - cannot delete JC Cost Header!",
    ),
    VistaFidelity(
        "the-money-of-a-change-order-keeps-the-header",
        "2.4",
        "detail beside the estimate, and amounts that do not net zero",
        (header(OrigCost="-25.00"), *_ACO, "DELETE FROM JCCH"),
        refused="Estimate, projection or committed values do not net zero. - cannot delete JC Cost Header!",
    ),
)
