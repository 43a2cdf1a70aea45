-- JCJP, job phases (facts 2.5).

-- AFTER the insert: bspJCVPHASE finds the row itself, so that master, valid part and lock are not asked here.
CREATE TRIGGER btJCJPi AFTER INSERT ON JCJP
BEGIN
  INSERT INTO bspJCVPHASE_JCJP (JCCo, Job, PhaseGroup, Phase, Override)
  VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, 'O');

  SELECT RAISE(ROLLBACK, '<contract> is an invalid Contract. - cannot insert Job Phase!')
  WHERE NOT EXISTS (SELECT 1 FROM bJCCM AS c WHERE c.JCCo = NEW.JCCo AND c.Contract = NEW.Contract);

  SELECT RAISE(ROLLBACK, 'Phase contract does not match the contract for the job. - cannot insert Job Phase!')
  WHERE NOT EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.Contract = NEW.Contract);

  SELECT RAISE(ROLLBACK, 'Missing contract item for phase: <phase> - cannot insert Job Phase!')
  WHERE rtrim(NEW.Item) = '';

  SELECT RAISE(ROLLBACK, '<item> is an invalid Contract Item. - cannot insert Job Phase!')
  FROM bJCJM AS j
  WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.AutoAddItemYN = 'N'
    AND NOT EXISTS (SELECT 1 FROM bJCCI AS i WHERE i.JCCo = NEW.JCCo AND i.Contract = NEW.Contract AND i.Item = NEW.Item);

  -- A job that adds items by itself makes the missing one.
  INSERT INTO bJCCI (JCCo, Contract, Item, Description, Department, UM, RetainPCT, BillType, StartMonth, TaxGroup, TaxCode)
  SELECT c.JCCo, c.Contract, NEW.Item, NEW.Description, c.Department, 'LS', c.RetainagePCT, c.DefaultBillType, c.StartMonth,
         c.TaxGroup, c.TaxCode
  FROM bJCJM AS j
  JOIN bJCCM AS c ON c.JCCo = j.JCCo AND c.Contract = j.Contract
  WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.AutoAddItemYN = 'Y'
    AND NOT EXISTS (SELECT 1 FROM bJCCI AS i WHERE i.JCCo = NEW.JCCo AND i.Contract = NEW.Contract AND i.Item = NEW.Item);

  SELECT RAISE(ROLLBACK, 'Projection minimum percent is not a valid percentage. - cannot insert Job Phase!')
  WHERE @n4(NEW.ProjMinPct) NOT BETWEEN 0 AND 10000;

  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  SELECT 'bJCJP', {new_key}, NEW.JCCo, 'A' FROM bJCCO AS c WHERE c.JCCo = NEW.JCCo AND c.AuditPhases = 'Y';
END;

-- Mentioning a key column in SET is enough, even with the same value.
CREATE TRIGGER btJCJPu_company BEFORE UPDATE OF JCCo ON JCJP
BEGIN
  SELECT RAISE(ROLLBACK, 'Update to JC Company not allowed - cannot update Job Phases!');
END;

CREATE TRIGGER btJCJPu_job BEFORE UPDATE OF Job ON JCJP
BEGIN
  SELECT RAISE(ROLLBACK, 'Update to Job not allowed - cannot update Job Phases!');
END;

CREATE TRIGGER btJCJPu_phase BEFORE UPDATE OF Phase ON JCJP
BEGIN
  SELECT RAISE(ROLLBACK, 'Update to Phase not allowed - cannot update Job Phases!');
END;

CREATE TRIGGER btJCJPu AFTER UPDATE ON JCJP
WHEN (SELECT is_respelling FROM sandbox_state) = 0
BEGIN
  SELECT RAISE(ROLLBACK, 'Phase contract does not match the contract for the job. - cannot update Job Phases!')
  WHERE NOT EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.Contract = NEW.Contract);

  SELECT RAISE(ROLLBACK, '<item> is an invalid Contract Item. - cannot update Job Phases!')
  WHERE OLD.Item <> NEW.Item
    AND NOT EXISTS (SELECT 1 FROM bJCCI AS i WHERE i.JCCo = NEW.JCCo AND i.Contract = NEW.Contract AND i.Item = NEW.Item);

  SELECT RAISE(ROLLBACK, 'Projection minimum percent is not a valid percentage. - cannot update Job Phases!')
  WHERE @n4(NEW.ProjMinPct) NOT BETWEEN 0 AND 10000;

  -- The phase's whole estimate goes over to the other contract item.
  UPDATE bJCCI SET OrigContractAmt = @t2(@n2(OrigContractAmt)
    + (CASE WHEN Item = NEW.Item THEN 1 ELSE -1 END)
    * (SELECT coalesce(SUM(@n2(h.OrigCost)), 0) FROM JCCH AS h
       WHERE h.JCCo = NEW.JCCo AND h.Job = NEW.Job AND h.PhaseGroup = NEW.PhaseGroup AND h.Phase = NEW.Phase))
  WHERE JCCo = NEW.JCCo AND Contract = NEW.Contract AND Item IN (OLD.Item, NEW.Item) AND OLD.Item <> NEW.Item
    AND EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.AutoAddItemYN = 'Y');

  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType, FieldName, OldValue, NewValue)
  SELECT 'bJCJP', {new_key}, NEW.JCCo, 'C', f.FieldName, f.OldValue, f.NewValue
  FROM (SELECT 'Description' AS FieldName, OLD.Description AS OldValue, NEW.Description AS NewValue
        UNION ALL SELECT 'Item', OLD.Item, NEW.Item
        UNION ALL SELECT 'ActiveYN', OLD.ActiveYN, NEW.ActiveYN) AS f
  JOIN bJCCO AS c ON c.JCCo = NEW.JCCo AND c.AuditPhases = 'Y'
  WHERE f.OldValue IS NOT f.NewValue;
END;

-- BEFORE, so that the headers still find their phase's contract item.
CREATE TRIGGER btJCJPd BEFORE DELETE ON JCJP
BEGIN
  DELETE FROM JCCH
  WHERE JCCo = OLD.JCCo AND Job = OLD.Job AND PhaseGroup = OLD.PhaseGroup AND Phase = OLD.Phase;

  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  SELECT 'bJCJP', {old_key}, OLD.JCCo, 'D' FROM bJCCO AS c WHERE c.JCCo = OLD.JCCo AND c.AuditPhases = 'Y';
END;
