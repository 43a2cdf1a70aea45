-- Vista's procedures bspJCVPHASE, bspJCADDPHASE and bspJCADDCOSTTYPE (facts 2.8), once per calling trigger, because
-- SQLite's RAISE takes only a literal text and Vista ends it with the caller's name.
-- A procedure is a view without rows whose INSTEAD OF INSERT trigger does the work:
--   INSERT INTO bspJCADDPHASE_{caller} (JCCo, Job, PhaseGroup, Phase, Override) VALUES (...)
-- Override: N obeys the phase lock, Y ignores it, O is a row just inserted (nothing is left to check), P comes from PM.

CREATE VIEW bspJCVPHASE_{caller} AS
SELECT NULL AS JCCo, NULL AS Job, NULL AS PhaseGroup, NULL AS Phase, NULL AS Override WHERE 0;

CREATE TRIGGER bspJCVPHASE_{caller}_run INSTEAD OF INSERT ON bspJCVPHASE_{caller}
BEGIN
  SELECT RAISE(ROLLBACK, 'Invalid Job Cost Company!{suffix}')
  WHERE NOT EXISTS (SELECT 1 FROM JCCO AS c WHERE c.JCCo = NEW.JCCo);

  SELECT RAISE(ROLLBACK, 'Phase Group for HQ Company <company> not found!{suffix}')
  WHERE (SELECT c.PhaseGroup FROM HQCO AS c WHERE c.HQCo = NEW.JCCo) IS NULL;

  SELECT RAISE(ROLLBACK, 'Phase Group <phase group> for HQ Company <company> does not match Phase Group <phase group>{suffix}')
  WHERE (SELECT c.PhaseGroup FROM HQCO AS c WHERE c.HQCo = NEW.JCCo) <> NEW.PhaseGroup;

  SELECT RAISE(ROLLBACK, 'Job <job> not found!{suffix}')
  WHERE NOT EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job);

  SELECT RAISE(ROLLBACK, 'Phase <phase> for JC Co <company>, Job<job> is inactive!{suffix}')
  WHERE NEW.Override <> 'O'
    AND EXISTS (SELECT 1 FROM JCJP AS p
                WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup AND p.Phase = NEW.Phase
                  AND p.ActiveYN = 'N');

  SELECT RAISE(ROLLBACK, 'Locked Phase <phase> is not on job<job>  - Job Phase Locked!{suffix}')
  WHERE NEW.Override = 'N'
    AND NOT EXISTS (SELECT 1 FROM JCJP AS p
                    WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup AND p.Phase = NEW.Phase)
    AND EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.LockPhases = 'Y');

  -- On the job, in the phase master, or alike in the valid part on the job or in the master.
  SELECT RAISE(ROLLBACK, 'Phase <phase> not on file!{suffix}')
  WHERE NOT EXISTS (SELECT 1 FROM JCJP AS p
                    WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup AND p.Phase = NEW.Phase)
    AND NOT EXISTS (SELECT 1 FROM bJCPM AS m WHERE m.PhaseGroup = NEW.PhaseGroup AND m.Phase = NEW.Phase)
    AND NOT EXISTS (SELECT 1 FROM bJCCO AS c JOIN JCJP AS p ON p.JCCo = c.JCCo
                    WHERE c.JCCo = NEW.JCCo AND c.ValidPhaseChars > 0
                      AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup
                      AND @part(p.Phase, NEW.Phase, c.ValidPhaseChars))
    AND NOT EXISTS (SELECT 1 FROM bJCCO AS c JOIN bJCPM AS m ON m.PhaseGroup = NEW.PhaseGroup
                    WHERE c.JCCo = NEW.JCCo AND c.ValidPhaseChars > 0
                      AND @part(m.Phase, NEW.Phase, c.ValidPhaseChars));
END;

CREATE VIEW bspJCADDPHASE_{caller} AS
SELECT NULL AS JCCo, NULL AS Job, NULL AS PhaseGroup, NULL AS Phase, NULL AS Override WHERE 0;

CREATE TRIGGER bspJCADDPHASE_{caller}_run INSTEAD OF INSERT ON bspJCADDPHASE_{caller}
BEGIN
  INSERT INTO bspJCVPHASE_{caller} (JCCo, Job, PhaseGroup, Phase, Override)
  VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, NEW.Override);

  SELECT RAISE(ROLLBACK, 'Contract <contract> not setup!{suffix}')
  WHERE NOT EXISTS (SELECT 1 FROM JCJP AS p
                    WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup AND p.Phase = NEW.Phase)
    AND NOT EXISTS (SELECT 1 FROM bJCJM AS j JOIN bJCCM AS c ON c.JCCo = j.JCCo AND c.Contract = j.Contract
                    WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job);

  -- A contract without any item gets item "1", formatted with the contract item mask (right-justified here).
  INSERT INTO bJCCI (JCCo, Contract, Item, Description, Department, UM, BillType, StartMonth)
  SELECT c.JCCo, c.Contract, printf('%16s', '1'), c.Description, c.Department, 'LS', c.DefaultBillType, c.StartMonth
  FROM bJCJM AS j
  JOIN bJCCM AS c ON c.JCCo = j.JCCo AND c.Contract = j.Contract
  WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job
    AND NOT EXISTS (SELECT 1 FROM bJCCI AS i WHERE i.JCCo = c.JCCo AND i.Contract = c.Contract)
    AND NOT EXISTS (SELECT 1 FROM JCJP AS p
                    WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup AND p.Phase = NEW.Phase);

  -- The item is that of the first similar phase on the job, else the contract's smallest (in string order).
  INSERT INTO JCJP (JCCo, Job, PhaseGroup, Phase, Description, Contract, Item, ProjMinPct, ActiveYN)
  SELECT j.JCCo, j.Job, NEW.PhaseGroup, NEW.Phase,
         coalesce(
           (SELECT m.Description FROM bJCPM AS m WHERE m.PhaseGroup = NEW.PhaseGroup AND m.Phase = NEW.Phase),
           (SELECT p.Description FROM JCJP AS p
            WHERE c.ValidPhaseChars > 0 AND p.JCCo = j.JCCo AND p.Job = j.Job AND p.PhaseGroup = NEW.PhaseGroup
              AND @part(p.Phase, NEW.Phase, c.ValidPhaseChars) ORDER BY p.Phase LIMIT 1),
           (SELECT m.Description FROM bJCPM AS m
            WHERE c.ValidPhaseChars > 0 AND m.PhaseGroup = NEW.PhaseGroup
              AND @part(m.Phase, NEW.Phase, c.ValidPhaseChars) ORDER BY m.Phase LIMIT 1)),
         j.Contract,
         coalesce(
           (SELECT p.Item FROM JCJP AS p
            WHERE c.ValidPhaseChars > 0 AND p.JCCo = j.JCCo AND p.Job = j.Job AND p.PhaseGroup = NEW.PhaseGroup
              AND @part(p.Phase, NEW.Phase, c.ValidPhaseChars) ORDER BY p.Phase LIMIT 1),
           (SELECT MIN(i.Item) FROM bJCCI AS i WHERE i.JCCo = j.JCCo AND i.Contract = j.Contract)),
         coalesce(
           (SELECT m.ProjMinPct FROM bJCPM AS m WHERE m.PhaseGroup = NEW.PhaseGroup AND m.Phase = NEW.Phase), '0.0000'),
         'Y'
  FROM bJCJM AS j
  JOIN bJCCO AS c ON c.JCCo = j.JCCo
  WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job
    AND NOT EXISTS (SELECT 1 FROM JCJP AS p
                    WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup AND p.Phase = NEW.Phase);
END;

CREATE VIEW bspJCADDCOSTTYPE_{caller} AS
SELECT NULL AS JCCo, NULL AS Job, NULL AS PhaseGroup, NULL AS Phase, NULL AS CostType, NULL AS UM, NULL AS Override WHERE 0;

CREATE TRIGGER bspJCADDCOSTTYPE_{caller}_run INSTEAD OF INSERT ON bspJCADDCOSTTYPE_{caller}
BEGIN
  SELECT RAISE(ROLLBACK, 'JC Cost Type <cost type> not setup in Cost Type Master!{suffix}')
  WHERE NOT EXISTS (SELECT 1 FROM bJCCT AS t WHERE t.PhaseGroup = NEW.PhaseGroup AND t.CostType = NEW.CostType);

  SELECT RAISE(ROLLBACK, 'Inactive Cost Type <cost type>{suffix}')
  WHERE NEW.Override IN ('N', 'Y')
    AND EXISTS (SELECT 1 FROM JCCH AS h
                WHERE h.JCCo = NEW.JCCo AND h.Job = NEW.Job AND h.PhaseGroup = NEW.PhaseGroup AND h.Phase = NEW.Phase
                  AND h.CostType = NEW.CostType AND h.ActiveYN = 'N');

  SELECT RAISE(ROLLBACK, 'Phase: <phase> Cost Type:<cost type> not setup on Job: <job>{suffix}')
  WHERE NEW.Override = 'N'
    AND EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.LockPhases = 'Y')
    AND NOT EXISTS (SELECT 1 FROM JCCH AS h
                    WHERE h.JCCo = NEW.JCCo AND h.Job = NEW.Job AND h.PhaseGroup = NEW.PhaseGroup AND h.Phase = NEW.Phase
                      AND h.CostType = NEW.CostType);

  SELECT RAISE(ROLLBACK, 'Phase <phase> Cost Type <cost type> combination has not been set up in either Phase Master or Job Phases.{suffix}')
  WHERE NEW.Override = 'N'
    AND NOT EXISTS (SELECT 1 FROM JCCH AS h
                    WHERE h.JCCo = NEW.JCCo AND h.Job = NEW.Job AND h.PhaseGroup = NEW.PhaseGroup AND h.Phase = NEW.Phase
                      AND h.CostType = NEW.CostType)
    AND NOT EXISTS (SELECT 1 FROM bJCPC AS m
                    WHERE m.PhaseGroup = NEW.PhaseGroup AND m.Phase = NEW.Phase AND m.CostType = NEW.CostType)
    AND NOT EXISTS (SELECT 1 FROM bJCCO AS c JOIN JCCH AS h ON h.JCCo = c.JCCo
                    WHERE c.JCCo = NEW.JCCo AND c.ValidPhaseChars > 0 AND h.Job = NEW.Job AND h.PhaseGroup = NEW.PhaseGroup
                      AND h.CostType = NEW.CostType AND @part(h.Phase, NEW.Phase, c.ValidPhaseChars))
    AND NOT EXISTS (SELECT 1 FROM bJCCO AS c JOIN bJCPC AS m ON m.PhaseGroup = NEW.PhaseGroup
                    WHERE c.JCCo = NEW.JCCo AND c.ValidPhaseChars > 0 AND m.CostType = NEW.CostType
                      AND @part(m.Phase, NEW.Phase, c.ValidPhaseChars));

  -- A new header carries no estimate. UNVERIFIED: its bill flag is the master's, or N, except C for what comes from PM.
  INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, ItemUnitFlag, PhaseUnitFlag, BuyOutYN, Plugged,
                    ActiveYN, OrigHours, OrigUnits, OrigCost, SourceStatus)
  SELECT NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, NEW.CostType, coalesce(NEW.UM, m.UM, 'LS'),
         coalesce(m.BillFlag, CASE NEW.Override WHEN 'P' THEN 'C' ELSE 'N' END),
         coalesce(m.ItemUnitFlag, 'N'), coalesce(m.PhaseUnitFlag, 'N'), 'N', 'N', 'Y', '0.00', '0.000', '0.00', 'J'
  FROM (SELECT 1)
  LEFT JOIN bJCPC AS m ON m.PhaseGroup = NEW.PhaseGroup AND m.Phase = NEW.Phase AND m.CostType = NEW.CostType
  WHERE NOT EXISTS (SELECT 1 FROM JCCH AS h
                    WHERE h.JCCo = NEW.JCCo AND h.Job = NEW.Job AND h.PhaseGroup = NEW.PhaseGroup AND h.Phase = NEW.Phase
                      AND h.CostType = NEW.CostType);

  -- SQLite does not run a trigger inside itself: the month of the zero estimate just posted gets its row here.
  INSERT INTO bJCCP (JCCo, Job, Phase, PhaseGroup, CostType, Mth)
  SELECT d.JCCo, d.Job, d.Phase, d.PhaseGroup, d.CostType, MIN(d.Mth) FROM bJCCD AS d
  WHERE d.JCCo = NEW.JCCo AND d.Job = NEW.Job AND d.Phase = NEW.Phase AND d.CostType = NEW.CostType
    AND d.PhaseGroup = NEW.PhaseGroup AND d.JCTransType = 'OE'
    AND NOT EXISTS (SELECT 1 FROM bJCCP AS p
                    WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.Phase = NEW.Phase AND p.PhaseGroup = NEW.PhaseGroup
                      AND p.CostType = NEW.CostType)
  GROUP BY d.JCCo, d.Job, d.Phase, d.PhaseGroup, d.CostType;
END;
