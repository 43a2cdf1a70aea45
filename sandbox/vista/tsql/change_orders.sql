-- bJCOH, bJCOI, bJCOD, approved change orders (facts 1.3, 2.7): after the original, changes belong here.
-- UNVERIFIED: the texts of the refusals, the form of KeyString, and that each new row is one row of the audit.

CREATE TRIGGER dbo.btJCOHi ON dbo.bJCOH AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  IF EXISTS (SELECT 1 FROM inserted AS i
             WHERE NOT EXISTS (SELECT 1 FROM dbo.bJCJM AS j
                               WHERE j.JCCo = i.JCCo AND j.Job = i.Job AND j.Contract = i.Contract))
  BEGIN
    RAISERROR('Invalid Job - cannot insert Change Order Header!', 11, -1);
    ROLLBACK TRANSACTION;
    RETURN;
  END;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCOH', CONCAT('JCCo: ', i.JCCo, ' Job: ', i.Job, ' ACO: ', i.ACO), i.JCCo, 'A', GETDATE(), l.VPUserName
  FROM inserted AS i
  JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo AND c.AuditChngOrders = 'Y'
  CROSS JOIN dbo.sandbox_login AS l;
END;
GO

CREATE TRIGGER dbo.btJCOIi ON dbo.bJCOI AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @key bigint = 0, @rc int, @msg varchar(255);
  DECLARE @jcco tinyint, @mth smalldatetime, @contract varchar(10), @item varchar(16), @amount numeric(12,2);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  SELECT TOP (1) @msg = r.Refusal
  FROM inserted AS i
  CROSS APPLY (SELECT CASE
      WHEN NOT EXISTS (SELECT 1 FROM dbo.bJCOH AS o WHERE o.JCCo = i.JCCo AND o.Job = i.Job AND o.ACO = i.ACO)
        THEN 'Invalid Change Order'
      WHEN NOT EXISTS (SELECT 1 FROM dbo.bJCCI AS t WHERE t.JCCo = i.JCCo AND t.Contract = i.Contract AND t.Item = i.Item)
        THEN 'Invalid Contract Item'
    END AS Refusal) AS r
  WHERE r.Refusal IS NOT NULL
  ORDER BY i.KeyID;
  IF @msg IS NOT NULL GOTO refused;

  -- The revenue part; zero for a move inside the budget.
  UPDATE t SET ContractAmt = t.ContractAmt + m.ContractAmt
  FROM dbo.bJCCI AS t
  JOIN (SELECT i.JCCo, i.Contract, i.Item, SUM(i.ContractAmt) AS ContractAmt
        FROM inserted AS i
        WHERE i.ContractAmt <> 0
        GROUP BY i.JCCo, i.Contract, i.Item) AS m ON m.JCCo = t.JCCo AND m.Contract = t.Contract AND m.Item = t.Item;

  WHILE 1 = 1
  BEGIN
    SELECT TOP (1) @key = KeyID, @jcco = JCCo, @mth = ApprovedMonth, @contract = Contract, @item = Item, @amount = ContractAmt
    FROM inserted WHERE KeyID > @key AND ContractAmt <> 0 ORDER BY KeyID;
    IF @@ROWCOUNT = 0 BREAK;

    EXEC @rc = dbo.sandbox_post_item_detail @jcco, @mth, @contract, @item, 'CO', 'JC ChngOrd', @amount, @msg OUTPUT;
    IF @rc <> 0 GOTO refused;
  END;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCOI', CONCAT('JCCo: ', i.JCCo, ' Job: ', i.Job, ' ACO: ', i.ACO, ' ACOItem: ', i.ACOItem), i.JCCo, 'A',
         GETDATE(), l.VPUserName
  FROM inserted AS i
  JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo AND c.AuditChngOrders = 'Y'
  CROSS JOIN dbo.sandbox_login AS l;
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot insert Change Order Item!');
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

-- Adds a missing phase and cost type, lock or not; then the detail raises the current estimate, never the original.
CREATE TRIGGER dbo.btJCODi ON dbo.bJCOD AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @key bigint = 0, @rc int, @trans int, @msg varchar(255);
  DECLARE @jcco tinyint, @job varchar(10), @phasegroup tinyint, @phase varchar(20), @costtype tinyint, @um varchar(3);
  DECLARE @mth smalldatetime;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  WHILE 1 = 1
  BEGIN
    SELECT TOP (1) @key = KeyID, @jcco = JCCo, @job = Job, @phasegroup = PhaseGroup, @phase = Phase, @costtype = CostType,
           @um = UM, @mth = MonthAdded
    FROM inserted WHERE KeyID > @key ORDER BY KeyID;
    IF @@ROWCOUNT = 0 BREAK;

    EXEC @rc = dbo.bspJCADDPHASE @jcco, @job, @phasegroup, @phase, 'Y', NULL, @msg OUTPUT;
    IF @rc <> 0 GOTO refused;

    EXEC @rc = dbo.bspJCADDCOSTTYPE @jcco, @job, @phasegroup, @phase, @costtype, @um, @override = 'Y', @msg = @msg OUTPUT;
    IF @rc <> 0 GOTO refused;

    EXEC @trans = dbo.bspHQTCNextTrans 'bJCCD', @jcco, @mth, @msg OUTPUT;
    IF @trans = 0 GOTO refused;

    INSERT INTO dbo.bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                           UM, PostedUM, EstHours, EstUnits, EstCost, ACO, ACOItem)
    SELECT i.JCCo, i.MonthAdded, @trans, i.Job, i.PhaseGroup, i.Phase, i.CostType, CAST(GETDATE() AS date), i.MonthAdded,
           'CO', 'JC ChngOrd', i.UM, i.UM, i.EstHours, i.EstUnits, i.EstCost, i.ACO, i.ACOItem
    FROM inserted AS i WHERE i.KeyID = @key;
  END;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCOD', CONCAT('JCCo: ', i.JCCo, ' Job: ', i.Job, ' ACO: ', i.ACO, ' ACOItem: ', i.ACOItem, ' Phase: ', i.Phase,
                         ' CostType: ', i.CostType), i.JCCo, 'A', GETDATE(), l.VPUserName
  FROM inserted AS i
  JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo AND c.AuditChngOrders = 'Y'
  CROSS JOIN dbo.sandbox_login AS l;
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot insert Change Order Detail!');
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

-- UNVERIFIED: the facts do not hold what Vista does to posted detail when a change order is changed or deleted.
CREATE TRIGGER dbo.btJCODu ON dbo.bJCOD AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;
  IF NOT (UPDATE(EstHours) OR UPDATE(EstUnits) OR UPDATE(EstCost) OR UPDATE(UM) OR UPDATE(MonthAdded)) RETURN;

  RAISERROR('The sandbox does not know what Vista posts when change order detail changes: add another change order.', 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCODd ON dbo.bJCOD AFTER DELETE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  RAISERROR('The sandbox does not know what Vista posts when change order detail is deleted: add another change order.', 11, -1);
  ROLLBACK TRANSACTION;
END;
GO
