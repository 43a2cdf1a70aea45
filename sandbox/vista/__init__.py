"""A faithful local Vista: the job cost tables, views and trigger behaviour a connector meets, on SQLite or SQL Server.

Written from facts about Vista's behaviour only (docs: facts/vista.md sections 1, 2, 3, 8, 10), never from vendor code.

Both are built from the one `sql/tables.txt` and the same seeds and variants, and answer to one fidelity table. The
rules are written twice, by hand: `sql/` for SQLite, `tsql/` for a Microsoft SQL Server, where Vista's own means exist:
b-tables that hold the triggers, procedures with return codes, messages with values, triggers for whole statements,
`SUSER_SNAME()`. What follows is about SQLite; on SQL Server nothing of it is needed.

What a connector must know of SQLite's (the storage conventions):

| Vista type | stored as | example |
|---|---|---|
| bDollar, bHrs | TEXT, always two places, '-' for a reduction, no '+', no separators | '41200.00', '-0.05' |
| bUnits | TEXT, three places | '143167.000' |
| bPct / bUnitCost | TEXT, four / five places | '0.1000' / '310.50000' |
| bDate, bMonth, datetime | TEXT as SQLAlchemy's DateTime writes it | '2026-01-01 00:00:00.000000' |
| bCompany, bGroup, bJCCType, tinyint, int, KeyID | INTEGER | 1 |
| every varchar, char | TEXT COLLATE RTRIM: case and inner blanks matter, trailing ones do not | 'SW   -  1-   ' |

* The names to use are the views' names: JCCO HQCO HQGP HQUM JCCT JCPM JCPC JCCM JCCI JCID JCJM JCJP JCCH JCCD JCCP HQTC
  HQMA JCOH JCOI JCOD PMOL DDDTShared (and the tables vDDDT, vDDDTc, vDDDU, and the one-row sandbox_login).
* SQLite counts no rows for a statement on a view with INSTEAD OF triggers. Therefore the five things a connector may
  write - **JCJP, JCCH, JCOH, JCOI, JCOD - are real tables under the view's name**, and bJCJP, bJCCH, ... are read-only
  views over them. `UPDATE JCCH ... WHERE key AND old values` has row count 1 on success and 0 if the old values moved;
  rows changed by triggers are not counted, as on SQL Server. Everything else is as in Vista: a b-table and a view over
  it (read only here); HQCO is empty for a login without a row in vDDDU, JCJM shows only PCVisibleInJC = 'Y'.
* KeyID is an INTEGER PRIMARY KEY AUTOINCREMENT, SQLite's only identity column; the natural keys are unique indexes
  (a duplicate is "UNIQUE constraint failed: ...", SQL Server's 2601). JCCP has no KeyID.
* A Vista trigger's refusal is RAISE(ROLLBACK, text): the whole transaction is gone (sqlite3.IntegrityError, and
  `connection.in_transaction` is False after it). SQLite's RAISE takes a literal text, so that values inside a message
  are names in angle brackets: `Phase <phase> not on file! - Could not add phase <phase> - cannot insert Cost Header!`.
* What SQL Server itself refuses ends the statement only: "CHECK constraint failed: <its words> (number column)"
  for 8115 overflow, 2628 truncation, 8114 conversion and 547; "NOT NULL constraint failed" for 515.
* Amounts written in another spelling (41200, '41200.005') are rounded half away from zero and respelled, as
  numeric(12,2) does.
* Triggers carry Vista's names in sqlite_master: btJCCHi, btJCCHu, btJCCHd, btJCJPi, btJCCDi, ... A Vista trigger that
  needs several SQLite triggers has the main one under its own name and the others as btJCCHu_keys, btJCCHu_audit.

UNVERIFIED, because the facts do not hold it (each is also said where it stands in `sql/`): the texts of refusals of
JCCM, JCJM, JCOH, JCOI and JCCP; the columns of bJCID; HQMA.KeyString; the reasons in `Cannot change UM ...`; the bill
flag of a header that cost detail creates; actual units in JCCP after a change of UM. Not reproduced: PM subcontract and
material detail, batches (JCCB, JCPP, HQBC), the PF row of JCJM.UpdatePlugs, changing or deleting JCOD (refused).
"""
