-- JCCD, cost detail, and JCCP, its period totals (facts 2.2).

CREATE TRIGGER btJCCDi AFTER INSERT ON bJCCD
BEGIN
  SELECT RAISE(ROLLBACK, 'Invalid Trans Type.{suffix}')
  WHERE NEW.JCTransType NOT IN ('JC', 'OE', 'PF', 'PE', 'MU', 'CA', 'PR', 'CO', 'MS', 'AP', 'MO', 'JB', 'EM', 'PO', 'SL',
                                'AR', 'IN', 'MI', 'CV', 'IC', 'RU');

  -- UNVERIFIED: the facts list only a part of Vista's sources; these are all they name.
  SELECT RAISE(ROLLBACK, 'Invalid Source.{suffix}')
  WHERE rtrim(NEW.Source) NOT IN ('JC OrigEst', 'PM Intface', 'JC ChngOrd', 'JC CostAdj', 'JC Projctn', 'JC Progres',
                                  'JC MatUse', 'AP Entry', 'PO Entry', 'SL Entry', 'PR Entry');

  SELECT RAISE(ROLLBACK, 'Invalid Reversal Status.{suffix}') WHERE NEW.ReversalStatus NOT BETWEEN 0 AND 4;

  SELECT RAISE(ROLLBACK, 'Invalid UM.{suffix}')
  WHERE NEW.UM IS NOT NULL AND NOT EXISTS (SELECT 1 FROM bHQUM AS u WHERE u.UM = NEW.UM);

  SELECT RAISE(ROLLBACK, 'Invalid Posted UM.{suffix}')
  WHERE NEW.PostedUM IS NOT NULL AND NOT EXISTS (SELECT 1 FROM bHQUM AS u WHERE u.UM = NEW.PostedUM);

  SELECT RAISE(ROLLBACK, 'ACO Item is invalid{suffix}')
  WHERE NEW.ACOItem IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM JCOD AS o
                    WHERE o.JCCo = NEW.JCCo AND o.Job = NEW.Job AND o.ACO = NEW.ACO AND o.ACOItem = NEW.ACOItem);

  INSERT INTO bspJCADDPHASE_JCCD (JCCo, Job, PhaseGroup, Phase, Override)
  VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, CASE rtrim(NEW.Source) WHEN 'PM Intface' THEN 'O' ELSE 'N' END);

  INSERT INTO bspJCADDCOSTTYPE_JCCD (JCCo, Job, PhaseGroup, Phase, CostType, UM, Override)
  VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, NEW.CostType, NEW.UM,
          CASE rtrim(NEW.Source) WHEN 'PM Intface' THEN 'P' ELSE 'N' END);

  INSERT INTO bJCCP (JCCo, Job, Phase, PhaseGroup, CostType, Mth)
  SELECT NEW.JCCo, NEW.Job, NEW.Phase, NEW.PhaseGroup, NEW.CostType, NEW.Mth
  WHERE NOT EXISTS (SELECT 1 FROM bJCCP AS p
                    WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.Phase = NEW.Phase AND p.PhaseGroup = NEW.PhaseGroup
                      AND p.CostType = NEW.CostType AND p.Mth = NEW.Mth);

  {add_new};
END;

CREATE TRIGGER btJCCDu AFTER UPDATE ON bJCCD
BEGIN
  {take_old};
  {add_new};
END;

-- Written to the audit whatever the flags say, unless the job is being purged.
CREATE TRIGGER btJCCDd AFTER DELETE ON bJCCD
WHEN (SELECT j.ClosePurgeFlag FROM bJCJM AS j WHERE j.JCCo = OLD.JCCo AND j.Job = OLD.Job) = 'N'
BEGIN
  {take_old};

  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  VALUES ('bJCCD', 'Mth: ' || substr(OLD.Mth, 1, 7) || ' CostTrans: ' || OLD.CostTrans, OLD.JCCo, 'D');
END;

CREATE TRIGGER btJCCPi AFTER INSERT ON bJCCP
BEGIN
  SELECT RAISE(ROLLBACK, 'Phase <phase> Cost Type <cost type> is not on the job - cannot insert Cost by Period!')
  WHERE NOT EXISTS (SELECT 1 FROM JCCH AS h
                    WHERE h.JCCo = NEW.JCCo AND h.Job = NEW.Job AND h.PhaseGroup = NEW.PhaseGroup AND h.Phase = NEW.Phase
                      AND h.CostType = NEW.CostType);
END;

CREATE TRIGGER btJCCPu BEFORE UPDATE OF JCCo, Job, Phase, PhaseGroup, CostType, Mth ON bJCCP
BEGIN
  SELECT RAISE(ROLLBACK, 'Key fields may not be changed - cannot update Cost by Period!');
END;
