"""Vista's fidelity table: what only a SQL Server can show (facts 2, 2.8, 6).

What SQLite cannot show is listed in `fidelity_vista.py`.
"""

from tests.contract.vista_desk import G1, G2, ITEM2, R1, VistaFidelity, header

_THREE = (
    "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, OrigCost)"
    " SELECT 1, '1164I-001', 1, Phase, 3, 'LS', 'C', 100 FROM JCPM WHERE Phase IN (:G1, :G2, {third})"
)
_NEW_LINE = (
    "INSERT INTO dbo.bJCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag) OUTPUT inserted.KeyID"
    " VALUES (1, '1164I-001', 1, :G1, 3, 'LS', 'C')"
)
_MERGE = (
    "MERGE INTO JCCH AS t USING (SELECT Phase FROM JCPM WHERE Phase IN (:G1, :G2)) AS s"
    " ON t.JCCo = 1 AND t.Job = '1164I-001' AND t.Phase = s.Phase"
    " WHEN MATCHED THEN UPDATE SET BillFlag = 'N'"
    " WHEN NOT MATCHED THEN INSERT (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag)"
    " VALUES (1, '1164I-001', 1, s.Phase, 3, 'LS', 'C');"
)
# Rolled back there and then: a batch that ends with a doomed transaction is an error of its own (3998).
_CAUGHT = (
    f"SET NOCOUNT ON; BEGIN TRY {header(UM='ZZ')} END TRY"
    " BEGIN CATCH ROLLBACK TRANSACTION; SELECT ERROR_NUMBER(), ERROR_SEVERITY(), ERROR_MESSAGE() END CATCH"
)


def _add_phase(phase: str, *arguments: str) -> str:
    """A batch that calls bspJCADDPHASE and answers with its return code and its words."""
    given = ", ".join((f"@jcco = 1, @job = '1164I-001', @PhaseGroup = 1, @phase = '{phase}'", *arguments))
    return (
        "SET NOCOUNT ON; DECLARE @rc int, @msg varchar(255);"
        f" EXEC @rc = dbo.bspJCADDPHASE {given}, @msg = @msg OUTPUT;"
        " SELECT @rc, @msg, (SELECT COUNT(*) FROM JCJP), @@TRANCOUNT"
    )


def _number(month: str) -> str:
    """A batch that takes two numbers of a month."""
    call = f"dbo.bspHQTCNextTrans 'bJCCD', 1, {month}, @err OUTPUT"
    return (
        "SET NOCOUNT ON; DECLARE @first int, @second int, @err varchar(255);"
        f" EXEC @first = {call}; EXEC @second = {call}; SELECT @first, @second, @err"
    )


REFUSALS = (
    VistaFidelity(
        "values-stand-inside-the-message",
        "2.1, 2.8",
        "phase by phase, suffix by suffix",
        (header("X    -  1-   "),),
        refused="Phase X    -  1-    not on file! - Could not add phase X    -  1-    - cannot insert Cost Header!",
    ),
    VistaFidelity(
        "a-refusal-names-the-job-and-the-company",
        "2.8",
        "an inactive phase",
        (header(R1),),
        refused="Phase R    -  1-    for JC Co 1, Job1164I-001 is inactive! - Could not add phase",
        variants=("phase_inactive:R-1",),
    ),
    VistaFidelity(
        "a-refusal-of-detail-names-its-number",
        "2.2",
        "the first of January",
        (header(ActiveYN="N"),),
        refused="Inactive Cost Type 3 - cannot insert Cost Detail Trans # 1 Phase G    -  1-    Cost Type 3",
    ),
    VistaFidelity(
        "output-is-refused-on-a-table-with-triggers",
        "6",
        "error 334",
        (_NEW_LINE,),
        refused="cannot have any enabled triggers if the statement contains an OUTPUT clause without INTO clause",
    ),
    VistaFidelity(
        "a-merge-is-told-of-an-invalid-job",
        "6 MERGE",
        "a trigger counts its rows against the whole statement's; which of the two speaks first is not promised",
        (header(), _MERGE),
        refused="Invalid Job - cannot insert Cost Header!\n"
        "The following fields may not be changed: JCCo, Job, Phase, Costtype - cannot update JCCH!",
    ),
    VistaFidelity(
        "a-refusal-is-error-50000-of-severity-11",
        "2 general shape",
        "caught where it is raised",
        (),
        _CAUGHT,
        ((50000, 11, "Invalid UM - cannot insert Cost Header!"),),
    ),
    VistaFidelity(
        "a-refusal-ends-the-batch",
        "2 general shape, 3609",
        "what stands after the refused statement is not done",
        (f"{header(UM='ZZ')}; INSERT INTO bHQUM (UM) VALUES ('ZZ')",),
        "SELECT COUNT(*) FROM bHQUM WHERE UM = 'ZZ'",
        ((0,),),
        refused="Invalid UM - cannot insert Cost Header!",
    ),
)

SEVERAL_ROWS = (
    VistaFidelity(
        "several-lines-in-one-statement-are-posted-each",
        "2 general shape",
        "with a number each",
        (_THREE.format(third=":R1"),),
        "SELECT Phase, EstCost, (SELECT COUNT(DISTINCT CostTrans) FROM JCCD), "
        " (SELECT @sum(CurrEstCost) FROM JCCP)"
        " FROM JCCD ORDER BY Phase",
        ((G1, "100.00", 3, "300.00"), (G2, "100.00", 3, "300.00"), (R1, "100.00", 3, "300.00")),
    ),
    VistaFidelity(
        "one-wrong-line-takes-the-others-along",
        "2 general shape",
        "nothing of the statement stays",
        (_THREE.format(third=":R1"),),
        "SELECT (SELECT COUNT(*) FROM JCCH), (SELECT COUNT(*) FROM JCCD)",
        ((0, 0),),
        refused="Phase R    -  1-    for JC Co 1, Job1164I-001 is inactive!",
        variants=("phase_inactive:R-1",),
    ),
    VistaFidelity(
        "several-changes-in-one-statement-post-each-difference",
        "2.3",
        "header, detail and totals agree",
        (_THREE.format(third=":R1"), "UPDATE JCCH SET OrigCost = OrigCost * 2, OrigHours = 1.25"),
        "SELECT COUNT(*), @sum(EstCost), @sum(EstHours), (SELECT @sum(OrigEstCost) FROM JCCP) FROM JCCD",
        ((6, "600.00", "3.75", "600.00"),),
    ),
    VistaFidelity(
        "several-lines-of-one-item-raise-its-revenue-by-their-sum",
        "2.1 step 7, 2.3",
        "added, then changed",
        (_THREE.format(third=":R1"), "UPDATE JCCH SET OrigCost = 70 WHERE Phase IN (:G1, :G2)"),
        "SELECT OrigContractAmt, ContractAmt, (SELECT @sum(ContractAmt) FROM JCID) FROM JCCI WHERE Item = :ITEM1",
        (("240.00", "240.00", "240.00"),),
        variants=("auto_add_item",),
    ),
    VistaFidelity(
        "several-lines-deleted-leave-nothing",
        "2.4",
        "detail and totals go along",
        (_THREE.format(third=":R1"), "DELETE FROM JCCH"),
        "SELECT (SELECT COUNT(*) FROM JCCD), (SELECT COUNT(*) FROM JCCP),"
        " (SELECT COUNT(*) FROM HQMA WHERE RecType = 'D')",
        ((0, 0, 6),),
    ),
)

PROCEDURES = (
    VistaFidelity(
        "numbers-follow-one-another",
        "2.8 bspHQTCNextTrans",
        "the return value is the number",
        (),
        _number("'2026-01-01'"),
        ((1, 2, None),),
    ),
    VistaFidelity(
        "no-month-has-no-number",
        "2.8 bspHQTCNextTrans, 9 counter",
        "0 is an error, with its words",
        (),
        _number("NULL"),
        ((0, 0, "Unable to get next available trans#"),),
    ),
    VistaFidelity(
        "the-procedure-adds-a-phase-and-tells-its-description",
        "2.8 bspJCADDPHASE",
        "return code 0, and words all the same",
        (),
        _add_phase(G2),
        ((0, "ALLOWANCE FOR PARTNERING FACILITATION AND RELATED COSTS", 1, 1),),
    ),
    VistaFidelity(
        "the-procedures-failure-is-a-return-code",
        "2.8 bspJCADDPHASE",
        "no error, and the transaction goes on",
        (header(),),
        _add_phase("X"),
        ((1, "Phase X not on file!", 1, 1),),
    ),
    VistaFidelity(
        "the-procedure-obeys-the-lock",
        "2.8, 3 Lock",
        "override N",
        (header(SourceStatus="Y"),),
        _add_phase("G    -  2-"),
        ((1, "Locked Phase G    -  2- is not on job1164I-001  - Job Phase Locked!", 1, 1),),
        variants=("phases_locked",),
    ),
    VistaFidelity(
        "the-procedure-ignores-the-lock-when-told",
        "2.8, 3 Lock",
        "override Y",
        (),
        _add_phase(G2, "@override = 'Y'"),
        ((0, "ALLOWANCE FOR PARTNERING FACILITATION AND RELATED COSTS", 1, 1),),
        variants=("phases_locked",),
    ),
    VistaFidelity(
        "the-procedure-takes-the-item-it-is-given",
        "2.8 bspJCADDPHASE",
        "the second one, and no other",
        (
            (
                f"DECLARE @msg varchar(255); EXEC dbo.bspJCADDPHASE 1, '1164I-001', 1, '{G2}', 'N', '{ITEM2}',"
                " @msg OUTPUT"
            ),
        ),
        "SELECT Item FROM JCJP",
        ((ITEM2,),),
    ),
    VistaFidelity(
        "the-procedure-refuses-an-item-that-is-not-there",
        "2.8",
        "return code 1",
        (),
        _add_phase(G2, "@item = '9'"),
        ((1, "Contract Item 9 not set up!", 0, 1),),
    ),
)

TEXTS = (
    VistaFidelity(
        "like-ignores-trailing-blanks-of-the-value",
        "3 equality",
        "and never those of the pattern",
        (),
        "SELECT COUNT(*) FROM JCPM WHERE Phase LIKE 'G    -  1-'",
        ((1,),),
    ),
    VistaFidelity(
        "like-tells-small-from-capital", "1.1", "", (), "SELECT COUNT(*) FROM JCPM WHERE Phase LIKE 'sw%'", ((0,),)
    ),
    VistaFidelity(
        "text-outside-the-code-page-is-lost",
        "1.1",
        "varchar is one byte a character",
        ("UPDATE JCPM SET Description = NCHAR(20013) WHERE Phase = :G1",),
        "SELECT Description FROM JCPM WHERE Phase = :G1",
        (("?",),),
    ),
    VistaFidelity(
        "the-audit-names-who-is-at-the-keyboard",
        "2.3 audit",
        "this session's user",
        ("@work_as(BUILDER\\accountant)", header()),
        "SELECT UserName FROM HQMA WHERE TableName = 'bJCCH'",
        (("BUILDER\\accountant",),),
    ),
)

SQL_SERVER_ALONE = (*REFUSALS, *SEVERAL_ROWS, *PROCEDURES, *TEXTS)
