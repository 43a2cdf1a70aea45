-- bJCCM, bJCCI, bJCID and bJCJM, contracts and jobs (facts 2.6). UNVERIFIED: the texts of the refusals of bJCCM and bJCJM.

CREATE TRIGGER dbo.btJCCMi ON dbo.bJCCM AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;
  IF NOT EXISTS (SELECT 1 FROM inserted WHERE ContractStatus NOT BETWEEN 0 AND 3) RETURN;

  RAISERROR('Contract status must be 0, 1, 2 or 3 - cannot insert Contract!', 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

-- The contract's status is pushed to its jobs.
CREATE TRIGGER dbo.btJCCMu ON dbo.bJCCM AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;
  IF NOT UPDATE(ContractStatus) RETURN;

  IF EXISTS (SELECT 1 FROM inserted WHERE ContractStatus NOT BETWEEN 0 AND 3)
  BEGIN
    RAISERROR('Contract status must be 0, 1, 2 or 3 - cannot update Contract!', 11, -1);
    ROLLBACK TRANSACTION;
    RETURN;
  END;

  UPDATE j SET JobStatus = i.ContractStatus
  FROM dbo.bJCJM AS j
  JOIN inserted AS i ON i.JCCo = j.JCCo AND i.Contract = j.Contract
  WHERE j.JobStatus <> i.ContractStatus;
END;
GO

CREATE TRIGGER dbo.btJCJMi ON dbo.bJCJM AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;
  IF NOT EXISTS (SELECT 1
                 FROM inserted AS i
                 JOIN dbo.bJCJM AS j ON j.JCCo = i.JCCo AND UPPER(j.Job) = UPPER(i.Job) AND j.KeyID <> i.KeyID) RETURN;

  RAISERROR('Job already exists in another case - cannot insert Job!', 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCJMu ON dbo.bJCJM AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;
  IF NOT EXISTS (SELECT 1
                 FROM inserted AS i
                 JOIN dbo.bJCCM AS c ON c.JCCo = i.JCCo AND c.Contract = i.Contract
                 WHERE c.ContractStatus <> i.JobStatus) RETURN;

  RAISERROR('Job status must equal contract status - cannot update Job!', 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCCIu ON dbo.bJCCI AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @key bigint = 0, @rc int, @msg varchar(255);
  DECLARE @jcco tinyint, @mth smalldatetime, @contract varchar(10), @item varchar(16), @amount numeric(12,2);
  DECLARE @moved TABLE (KeyID bigint NOT NULL, JCCo tinyint NOT NULL, Mth smalldatetime NOT NULL, Number int NOT NULL,
                        Total int NOT NULL);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  -- Original contract amount is revenue: it is part of the current amount and of the item's detail.
  IF UPDATE(OrigContractAmt)
  BEGIN
    UPDATE t SET ContractAmt = t.ContractAmt + i.OrigContractAmt - d.OrigContractAmt
    FROM dbo.bJCCI AS t
    JOIN inserted AS i ON i.KeyID = t.KeyID
    JOIN deleted AS d ON d.KeyID = i.KeyID
    WHERE i.OrigContractAmt <> d.OrigContractAmt;

    WHILE 1 = 1
    BEGIN
      SELECT TOP (1) @key = i.KeyID, @jcco = i.JCCo, @mth = i.StartMonth, @contract = i.Contract, @item = i.Item,
             @amount = i.OrigContractAmt - d.OrigContractAmt
      FROM inserted AS i
      JOIN deleted AS d ON d.KeyID = i.KeyID
      WHERE i.KeyID > @key AND i.OrigContractAmt <> d.OrigContractAmt AND i.StartMonth IS NOT NULL
      ORDER BY i.KeyID;
      IF @@ROWCOUNT = 0 BREAK;

      EXEC @rc = dbo.sandbox_post_item_detail @jcco, @mth, @contract, @item, 'OC', 'JC OrigEst', @amount, @msg OUTPUT;
      IF @rc <> 0 GOTO refused;
    END;
  END;

  IF NOT UPDATE(StartMonth) RETURN;

  -- Another start month moves every Original Estimate of the item: a new detail row there, the old one deleted.
  INSERT INTO @moved (KeyID, JCCo, Mth, Number, Total)
  SELECT c.KeyID, i.JCCo, i.StartMonth, ROW_NUMBER() OVER (PARTITION BY i.JCCo, i.StartMonth ORDER BY c.KeyID),
         COUNT(*) OVER (PARTITION BY i.JCCo, i.StartMonth)
  FROM inserted AS i
  JOIN deleted AS d ON d.KeyID = i.KeyID AND d.StartMonth <> i.StartMonth
  JOIN dbo.sandbox_item_estimates AS e ON e.ItemKeyID = i.KeyID
  JOIN dbo.bJCCD AS c ON c.KeyID = e.KeyID AND c.Mth <> i.StartMonth;

  INSERT INTO dbo.bHQTC (TableName, Co, Mth, LastTrans)
  SELECT DISTINCT 'bJCCD', m.JCCo, m.Mth, 0
  FROM @moved AS m
  WHERE NOT EXISTS (SELECT 1 FROM dbo.bHQTC AS t WHERE t.TableName = 'bJCCD' AND t.Co = m.JCCo AND t.Mth = m.Mth);

  -- A block of numbers for each month.
  UPDATE t SET LastTrans = t.LastTrans + m.Total
  FROM dbo.bHQTC AS t
  JOIN @moved AS m ON m.JCCo = t.Co AND m.Mth = t.Mth AND m.Number = 1
  WHERE t.TableName = 'bJCCD';

  INSERT INTO dbo.bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                         Description, UM, PostedUM, EstHours, EstUnits, EstCost)
  SELECT d.JCCo, m.Mth, t.LastTrans - m.Total + m.Number, d.Job, d.PhaseGroup, d.Phase, d.CostType, d.PostedDate, m.Mth,
         d.JCTransType, d.Source, d.Description, d.UM, d.PostedUM, d.EstHours, d.EstUnits, d.EstCost
  FROM @moved AS m
  JOIN dbo.bJCCD AS d ON d.KeyID = m.KeyID
  JOIN dbo.bHQTC AS t ON t.TableName = 'bJCCD' AND t.Co = m.JCCo AND t.Mth = m.Mth
  ORDER BY m.KeyID;

  DELETE d FROM dbo.bJCCD AS d JOIN @moved AS m ON m.KeyID = d.KeyID;
  RETURN;

refused:
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO
