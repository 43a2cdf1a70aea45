"""Vista's fidelity table: what a new cost header posts (facts 2.1, 2.2)."""

from tests.contract.vista_desk import G1, G2, ITEM2, JANUARY, R1, VistaFidelity, header, job_phase

_NO_PHASE = " - Could not add phase <phase> - cannot insert Cost Header!"
_DETAIL = " - cannot insert Cost Detail Trans # <trans> Phase <phase> Cost Type <cost type>"

POSTED = (
    VistaFidelity(
        "zero-estimate-is-posted",
        "2.1 step 10",
        "a detail row even for nothing",
        (header(OrigCost="0.00"),),
        "SELECT JCTransType, Source, Mth, ActualDate, Description, UM, PostedUM, EstHours, EstUnits, EstCost"
        " FROM JCCD ORDER BY KeyID",
        (("OE", "JC OrigEst", JANUARY, JANUARY, "Original Estimate", "LS", "LS", "0.00", "0.000", "0.00"),),
    ),
    VistaFidelity(
        "posted-today",
        "2.1 step 10",
        "PostedDate",
        (header(),),
        "SELECT count(*) FROM JCCD WHERE PostedDate = @today()",
        ((1,),),
    ),
    VistaFidelity(
        "interfaced-row-names-pm",
        "2.1 step 9",
        "status I",
        (header(SourceStatus="I"),),
        "SELECT Source FROM JCCD ORDER BY KeyID",
        (("PM Intface",),),
    ),
    VistaFidelity(
        "pm-rows-have-no-detail",
        "2.1 step 8",
        "status Y and N: no JCCD, no JCCP",
        (),
        "SELECT (SELECT count(*) FROM JCCH), (SELECT count(*) FROM JCCD), (SELECT count(*) FROM JCCP)",
        ((2, 0, 0),),
        variants=("pm_rows",),
    ),
    VistaFidelity(
        "numbers-run-per-company-and-month",
        "2.1 step 10, 2.8 bspHQTCNextTrans",
        "item 2 starts in March",
        (
            "UPDATE bJCCI SET StartMonth = '2026-03-01 00:00:00.000000' WHERE Item = :ITEM2",
            job_phase(G2, item=ITEM2),
            header(),
            header(R1),
            header(G2),
        ),
        "SELECT Phase, @month(Mth), CostTrans FROM JCCD ORDER BY KeyID",
        ((G1, "2026-01", 1), (R1, "2026-01", 2), (G2, "2026-03", 1)),
    ),
    VistaFidelity(
        "totals-follow-the-detail",
        "2.2",
        "original and current estimate of the month",
        (header(OrigHours="8.00", OrigUnits="2.5"),),
        "SELECT Mth, OrigEstHours, OrigEstUnits, OrigEstCost, CurrEstHours, CurrEstUnits, CurrEstCost FROM JCCP",
        ((JANUARY, "8.00", "2.500", "100.00", "8.00", "2.500", "100.00"),),
    ),
    VistaFidelity(
        "a-new-header-may-not-be-inactive",
        "2.2",
        "its own detail is refused",
        (header(ActiveYN="N"),),
        refused="Inactive Cost Type <cost type>" + _DETAIL,
    ),
    VistaFidelity(
        "auto-add-item-raises-revenue",
        "2.1 step 7, 2.6",
        "the estimate is added to the contract item",
        (header(),),
        "SELECT OrigContractAmt, ContractAmt, (SELECT @list(@text(JCTransType, ContractAmt)) FROM JCID) FROM JCCI"
        " WHERE Item = :ITEM1",
        (("100.00", "100.00", "OC100.00"),),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "no-revenue-without-auto-add-item",
        "2.1 step 7",
        "contract amounts stay",
        (header(),),
        "SELECT DISTINCT OrigContractAmt, ContractAmt FROM JCCI",
        (("0.00", "0.00"),),
    ),
    VistaFidelity(
        "insert-is-audited",
        "2.1 step 11",
        "by the connected login, when the company audits cost types",
        (header(),),
        "SELECT RecType, UserName FROM HQMA WHERE TableName = 'bJCCH'",
        (("A", "procore_export"),),
    ),
    VistaFidelity(
        "insert-is-not-audited-without-the-flag",
        "2.1 step 11",
        "no row",
        ("UPDATE bJCCO SET AuditCostTypes = 'N'", header()),
        "SELECT count(*) FROM HQMA WHERE TableName = 'bJCCH'",
        ((0,),),
    ),
    VistaFidelity(
        "a-refusal-takes-the-whole-transaction",
        "2 general shape",
        "the accepted row before it is gone too",
        (header(G1), header("X    -  1-   ")),
        "SELECT (SELECT count(*) FROM JCCH), (SELECT count(*) FROM HQTC)",
        ((0, 0),),
        refused="Phase <phase> not on file!" + _NO_PHASE,
    ),
    VistaFidelity(
        "without-its-trigger-nothing-is-posted",
        "4, 6 bulk copy",
        "JCCH filled, nothing else",
        (header(),),
        "SELECT (SELECT count(*) FROM JCCH), (SELECT count(*) FROM JCCD)",
        ((1, 0),),
        variants=("trigger_disabled",),
    ),
    VistaFidelity(
        "a-site-trigger-updates-the-same-row",
        "1.2",
        "a customer's column, no second posting",
        (header(),),
        "SELECT udEstimateTouchedBy, (SELECT count(*) FROM JCCD) FROM JCCH",
        (("procore_export", 1),),
        variants=("site_trigger",),
    ),
)
