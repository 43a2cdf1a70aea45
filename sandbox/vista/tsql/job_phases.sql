-- bJCJP, job phases (facts 2.5).

-- AFTER the insert: bspJCVPHASE finds the row itself, so that master, valid part and lock are not asked here.
CREATE TRIGGER dbo.btJCJPi ON dbo.bJCJP AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @key bigint = 0, @rc int, @msg varchar(255);
  DECLARE @jcco tinyint, @job varchar(10), @phasegroup tinyint, @phase varchar(20);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  WHILE 1 = 1
  BEGIN
    SELECT TOP (1) @key = KeyID, @jcco = JCCo, @job = Job, @phasegroup = PhaseGroup, @phase = Phase
    FROM inserted WHERE KeyID > @key ORDER BY KeyID;
    IF @@ROWCOUNT = 0 BREAK;

    EXEC @rc = dbo.bspJCVPHASE @jcco, @job, @phase, @phasegroup, 'O', @msg OUTPUT;
    IF @rc <> 0 GOTO refused;
  END;

  SET @msg = NULL;
  SELECT TOP (1) @msg = r.Refusal
  FROM inserted AS i
  JOIN dbo.bJCJM AS j ON j.JCCo = i.JCCo AND j.Job = i.Job
  CROSS APPLY (SELECT CASE
      WHEN NOT EXISTS (SELECT 1 FROM dbo.bJCCM AS c WHERE c.JCCo = i.JCCo AND c.Contract = i.Contract)
        THEN CONCAT(i.Contract, ' is an invalid Contract.')
      WHEN j.Contract IS NULL OR j.Contract <> i.Contract
        THEN 'Phase contract does not match the contract for the job.'
      WHEN i.Item = '' THEN CONCAT('Missing contract item for phase: ', i.Phase)
      WHEN j.AutoAddItemYN = 'N'
           AND NOT EXISTS (SELECT 1 FROM dbo.bJCCI AS t WHERE t.JCCo = i.JCCo AND t.Contract = i.Contract AND t.Item = i.Item)
        THEN CONCAT(i.Item, ' is an invalid Contract Item.')
      WHEN i.ProjMinPct NOT BETWEEN 0 AND 1 THEN 'Projection minimum percent is not a valid percentage.'
      WHEN i.ActiveYN NOT IN ('Y', 'N') THEN 'ActiveYN must be (Y) or (N)'
    END AS Refusal) AS r
  WHERE r.Refusal IS NOT NULL
  ORDER BY i.KeyID;
  IF @msg IS NOT NULL GOTO refused;

  -- A job that adds items by itself makes the missing one, described as the first phase on it.
  INSERT INTO dbo.bJCCI (JCCo, Contract, Item, Description, Department, UM, RetainPCT, BillType, StartMonth, TaxGroup, TaxCode)
  SELECT c.JCCo, c.Contract, i.Item, MIN(i.Description), c.Department, 'LS', c.RetainagePCT, c.DefaultBillType, c.StartMonth,
         c.TaxGroup, c.TaxCode
  FROM inserted AS i
  JOIN dbo.bJCJM AS j ON j.JCCo = i.JCCo AND j.Job = i.Job AND j.AutoAddItemYN = 'Y'
  JOIN dbo.bJCCM AS c ON c.JCCo = j.JCCo AND c.Contract = j.Contract
  WHERE NOT EXISTS (SELECT 1 FROM dbo.bJCCI AS t WHERE t.JCCo = i.JCCo AND t.Contract = i.Contract AND t.Item = i.Item)
  GROUP BY c.JCCo, c.Contract, i.Item, c.Department, c.RetainagePCT, c.DefaultBillType, c.StartMonth, c.TaxGroup, c.TaxCode;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCJP', CONCAT('JCCo: ', i.JCCo, ' Job: ', i.Job, ' Phase: ', i.Phase), i.JCCo, 'A', GETDATE(), l.VPUserName
  FROM inserted AS i
  JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo AND c.AuditPhases = 'Y'
  CROSS JOIN dbo.sandbox_login AS l;
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot insert Job Phase!');
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCJPu ON dbo.bJCJP AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @msg varchar(255);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  -- Mentioning a key column in SET is enough, even with the same value.
  IF UPDATE(Phase) SET @msg = 'Update to Phase not allowed';
  IF UPDATE(Job) SET @msg = 'Update to Job not allowed';
  IF UPDATE(JCCo) SET @msg = 'Update to JC Company not allowed';
  IF @msg IS NOT NULL GOTO refused;

  SELECT TOP (1) @msg = r.Refusal
  FROM inserted AS i
  JOIN deleted AS d ON d.KeyID = i.KeyID
  CROSS APPLY (SELECT CASE
      WHEN NOT EXISTS (SELECT 1 FROM dbo.bJCJM AS j WHERE j.JCCo = i.JCCo AND j.Job = i.Job AND j.Contract = i.Contract)
        THEN 'Phase contract does not match the contract for the job.'
      WHEN i.Item <> d.Item
           AND NOT EXISTS (SELECT 1 FROM dbo.bJCCI AS t WHERE t.JCCo = i.JCCo AND t.Contract = i.Contract AND t.Item = i.Item)
        THEN CONCAT(i.Item, ' is an invalid Contract Item.')
      WHEN i.ProjMinPct NOT BETWEEN 0 AND 1 THEN 'Projection minimum percent is not a valid percentage.'
      WHEN i.ActiveYN NOT IN ('Y', 'N') THEN 'ActiveYN must be (Y) or (N)'
    END AS Refusal) AS r
  WHERE r.Refusal IS NOT NULL
  ORDER BY i.KeyID;
  IF @msg IS NOT NULL GOTO refused;

  -- The phase's whole estimate goes over to the other contract item.
  UPDATE t SET OrigContractAmt = t.OrigContractAmt + m.Difference
  FROM dbo.bJCCI AS t
  JOIN (SELECT v.JCCo, v.Contract, v.Item, SUM(v.Difference) AS Difference
        FROM (SELECT i.JCCo, i.Contract, i.Item, h.OrigCost AS Difference
              FROM inserted AS i
              JOIN deleted AS d ON d.KeyID = i.KeyID AND d.Item <> i.Item
              JOIN dbo.bJCJM AS j ON j.JCCo = i.JCCo AND j.Job = i.Job AND j.AutoAddItemYN = 'Y'
              JOIN dbo.bJCCH AS h ON h.JCCo = i.JCCo AND h.Job = i.Job AND h.PhaseGroup = i.PhaseGroup AND h.Phase = i.Phase
              UNION ALL
              SELECT d.JCCo, d.Contract, d.Item, -h.OrigCost
              FROM inserted AS i
              JOIN deleted AS d ON d.KeyID = i.KeyID AND d.Item <> i.Item
              JOIN dbo.bJCJM AS j ON j.JCCo = i.JCCo AND j.Job = i.Job AND j.AutoAddItemYN = 'Y'
              JOIN dbo.bJCCH AS h ON h.JCCo = i.JCCo AND h.Job = i.Job AND h.PhaseGroup = i.PhaseGroup AND h.Phase = i.Phase
             ) AS v
        GROUP BY v.JCCo, v.Contract, v.Item) AS m ON m.JCCo = t.JCCo AND m.Contract = t.Contract AND m.Item = t.Item;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, FieldName, OldValue, NewValue, DateTime, UserName)
  SELECT 'bJCJP', CONCAT('JCCo: ', i.JCCo, ' Job: ', i.Job, ' Phase: ', i.Phase), i.JCCo, 'C',
         f.FieldName, f.OldValue, f.NewValue, GETDATE(), l.VPUserName
  FROM inserted AS i
  JOIN deleted AS d ON d.KeyID = i.KeyID
  JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo AND c.AuditPhases = 'Y'
  CROSS JOIN dbo.sandbox_login AS l
  CROSS APPLY (VALUES
    ('Description', d.Description, i.Description),
    ('Item', d.Item, i.Item),
    ('ActiveYN', d.ActiveYN, i.ActiveYN)
  ) AS f (FieldName, OldValue, NewValue)
  WHERE COALESCE(f.OldValue, '') <> COALESCE(f.NewValue, '');
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot update Job Phases!');
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCJPd ON dbo.bJCJP AFTER DELETE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  -- The headers' revenue leaves the contract item here: their own trigger no longer finds the phase, and with it the item.
  UPDATE t SET OrigContractAmt = t.OrigContractAmt - m.Cost
  FROM dbo.bJCCI AS t
  JOIN (SELECT d.JCCo, d.Contract, d.Item, SUM(h.OrigCost) AS Cost
        FROM deleted AS d
        JOIN dbo.bJCJM AS j ON j.JCCo = d.JCCo AND j.Job = d.Job AND j.AutoAddItemYN = 'Y' AND j.ClosePurgeFlag = 'N'
        JOIN dbo.bJCCH AS h ON h.JCCo = d.JCCo AND h.Job = d.Job AND h.PhaseGroup = d.PhaseGroup AND h.Phase = d.Phase
        GROUP BY d.JCCo, d.Contract, d.Item) AS m ON m.JCCo = t.JCCo AND m.Contract = t.Contract AND m.Item = t.Item;

  -- By the rules of btJCCHd, which may refuse.
  DELETE h
  FROM dbo.bJCCH AS h
  JOIN deleted AS d ON d.JCCo = h.JCCo AND d.Job = h.Job AND d.PhaseGroup = h.PhaseGroup AND d.Phase = h.Phase;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCJP', CONCAT('JCCo: ', d.JCCo, ' Job: ', d.Job, ' Phase: ', d.Phase), d.JCCo, 'D', GETDATE(), l.VPUserName
  FROM deleted AS d
  JOIN dbo.bJCCO AS c ON c.JCCo = d.JCCo AND c.AuditPhases = 'Y'
  CROSS JOIN dbo.sandbox_login AS l;
END;
GO
