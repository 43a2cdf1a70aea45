-- bJCCD, cost detail, and bJCCP, its period totals (facts 2.2).

-- Detail rows on their way into the totals: Sign is 1 for what was added, -1 for what was taken away.
CREATE TYPE dbo.sandbox_detail AS TABLE (
  Sign smallint NOT NULL,
  JCCo tinyint NOT NULL,
  Job varchar(10) COLLATE Latin1_General_BIN2 NOT NULL,
  Phase varchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  PhaseGroup tinyint NOT NULL,
  CostType tinyint NOT NULL,
  Mth smalldatetime NOT NULL,
  JCTransType varchar(2) COLLATE Latin1_General_BIN2 NOT NULL,
  UM varchar(3) COLLATE Latin1_General_BIN2 NULL,
  EstHours numeric(10,2) NOT NULL, EstUnits numeric(12,3) NOT NULL, EstCost numeric(12,2) NOT NULL,
  ActualHours numeric(10,2) NOT NULL, ActualUnits numeric(12,3) NOT NULL, ActualCost numeric(12,2) NOT NULL,
  ProjHours numeric(10,2) NOT NULL, ProjUnits numeric(12,3) NOT NULL, ProjCost numeric(12,2) NOT NULL,
  ForecastHours numeric(10,2) NOT NULL, ForecastUnits numeric(12,3) NOT NULL, ForecastCost numeric(12,2) NOT NULL,
  TotalCmtdUnits numeric(12,3) NOT NULL, TotalCmtdCost numeric(12,2) NOT NULL,
  RemainCmtdUnits numeric(12,3) NOT NULL, RemainCmtdCost numeric(12,2) NOT NULL
);
GO

-- Carries detail into the totals of its month. Original Estimates (OE) count as original and current estimate, everything
-- else as current only; units count only in the header's unit.
CREATE PROCEDURE dbo.sandbox_carry_to_periods @detail dbo.sandbox_detail READONLY
AS
BEGIN
  SET NOCOUNT ON;

  UPDATE p SET
    OrigEstHours = p.OrigEstHours + s.OrigEstHours,
    OrigEstUnits = p.OrigEstUnits + s.OrigEstUnits,
    OrigEstCost = p.OrigEstCost + s.OrigEstCost,
    CurrEstHours = p.CurrEstHours + s.CurrEstHours,
    CurrEstUnits = p.CurrEstUnits + s.CurrEstUnits,
    CurrEstCost = p.CurrEstCost + s.CurrEstCost,
    ActualHours = p.ActualHours + s.ActualHours,
    ActualUnits = p.ActualUnits + s.ActualUnits,
    ActualCost = p.ActualCost + s.ActualCost,
    ProjHours = p.ProjHours + s.ProjHours,
    ProjUnits = p.ProjUnits + s.ProjUnits,
    ProjCost = p.ProjCost + s.ProjCost,
    ForecastHours = p.ForecastHours + s.ForecastHours,
    ForecastUnits = p.ForecastUnits + s.ForecastUnits,
    ForecastCost = p.ForecastCost + s.ForecastCost,
    TotalCmtdUnits = p.TotalCmtdUnits + s.TotalCmtdUnits,
    TotalCmtdCost = p.TotalCmtdCost + s.TotalCmtdCost,
    RemainCmtdUnits = p.RemainCmtdUnits + s.RemainCmtdUnits,
    RemainCmtdCost = p.RemainCmtdCost + s.RemainCmtdCost
  FROM dbo.bJCCP AS p
  JOIN (SELECT d.JCCo, d.Job, d.Phase, d.PhaseGroup, d.CostType, d.Mth,
               SUM(w.Original * d.EstHours) AS OrigEstHours,
               SUM(w.Original * w.Units * d.EstUnits) AS OrigEstUnits,
               SUM(w.Original * d.EstCost) AS OrigEstCost,
               SUM(d.Sign * d.EstHours) AS CurrEstHours,
               SUM(d.Sign * w.Units * d.EstUnits) AS CurrEstUnits,
               SUM(d.Sign * d.EstCost) AS CurrEstCost,
               SUM(w.Other * d.ActualHours) AS ActualHours,
               SUM(w.Other * w.Units * d.ActualUnits) AS ActualUnits,
               SUM(w.Other * d.ActualCost) AS ActualCost,
               SUM(w.Other * d.ProjHours) AS ProjHours,
               SUM(w.Other * w.Units * d.ProjUnits) AS ProjUnits,
               SUM(w.Other * d.ProjCost) AS ProjCost,
               SUM(w.Other * d.ForecastHours) AS ForecastHours,
               SUM(w.Other * w.Units * d.ForecastUnits) AS ForecastUnits,
               SUM(w.Other * d.ForecastCost) AS ForecastCost,
               SUM(w.Other * w.Units * d.TotalCmtdUnits) AS TotalCmtdUnits,
               SUM(w.Other * d.TotalCmtdCost) AS TotalCmtdCost,
               SUM(w.Other * w.Units * d.RemainCmtdUnits) AS RemainCmtdUnits,
               SUM(w.Other * d.RemainCmtdCost) AS RemainCmtdCost
        FROM @detail AS d
        LEFT JOIN dbo.bJCCH AS h ON h.JCCo = d.JCCo AND h.Job = d.Job AND h.PhaseGroup = d.PhaseGroup AND h.Phase = d.Phase
                                AND h.CostType = d.CostType
        CROSS APPLY (SELECT
            CASE WHEN d.JCTransType = 'OE' THEN d.Sign ELSE 0 END AS Original,
            CASE WHEN d.JCTransType IN ('OE', 'CO') THEN 0 ELSE d.Sign END AS Other,
            CASE WHEN d.UM = h.UM THEN 1 ELSE 0 END AS Units) AS w
        GROUP BY d.JCCo, d.Job, d.Phase, d.PhaseGroup, d.CostType, d.Mth) AS s
    ON s.JCCo = p.JCCo AND s.Job = p.Job AND s.Phase = p.Phase AND s.PhaseGroup = p.PhaseGroup AND s.CostType = p.CostType
   AND s.Mth = p.Mth;
END;
GO

CREATE TRIGGER dbo.btJCCDi ON dbo.bJCCD AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @key bigint = 0, @rc int, @msg varchar(255);
  DECLARE @detail dbo.sandbox_detail;
  DECLARE @jcco tinyint, @job varchar(10), @phasegroup tinyint, @phase varchar(20), @costtype tinyint, @um varchar(3);
  DECLARE @trans int, @phaseoverride char(1), @typeoverride char(1);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  -- UNVERIFIED: the facts list only a part of Vista's sources; these are all they name.
  SELECT TOP (1) @trans = i.CostTrans, @phase = i.Phase, @costtype = i.CostType, @msg = r.Refusal
  FROM inserted AS i
  CROSS APPLY (SELECT CASE
      WHEN i.JCTransType NOT IN ('JC', 'OE', 'PF', 'PE', 'MU', 'CA', 'PR', 'CO', 'MS', 'AP', 'MO', 'JB', 'EM', 'PO', 'SL',
                                 'AR', 'IN', 'MI', 'CV', 'IC', 'RU')
        THEN 'Invalid Trans Type.'
      WHEN i.Source NOT IN ('JC OrigEst', 'PM Intface', 'JC ChngOrd', 'JC CostAdj', 'JC Projctn', 'JC Progres', 'JC MatUse',
                            'AP Entry', 'PO Entry', 'SL Entry', 'PR Entry')
        THEN 'Invalid Source.'
      WHEN i.ReversalStatus NOT BETWEEN 0 AND 4 THEN 'Invalid Reversal Status.'
      WHEN i.UM IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.bHQUM AS u WHERE u.UM = i.UM) THEN 'Invalid UM.'
      WHEN i.PostedUM IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.bHQUM AS u WHERE u.UM = i.PostedUM)
        THEN 'Invalid Posted UM.'
      WHEN i.ACOItem IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM dbo.bJCOD AS o
                           WHERE o.JCCo = i.JCCo AND o.Job = i.Job AND o.ACO = i.ACO AND o.ACOItem = i.ACOItem)
        THEN 'ACO Item is invalid'
    END AS Refusal) AS r
  WHERE r.Refusal IS NOT NULL
  ORDER BY i.KeyID;
  IF @msg IS NOT NULL GOTO refused;

  WHILE 1 = 1
  BEGIN
    SELECT TOP (1) @key = KeyID, @jcco = JCCo, @job = Job, @phasegroup = PhaseGroup, @phase = Phase, @costtype = CostType,
           @um = UM, @trans = CostTrans,
           @phaseoverride = CASE Source WHEN 'PM Intface' THEN 'O' ELSE 'N' END,
           @typeoverride = CASE Source WHEN 'PM Intface' THEN 'P' ELSE 'N' END
    FROM inserted WHERE KeyID > @key ORDER BY KeyID;
    IF @@ROWCOUNT = 0 BREAK;

    EXEC @rc = dbo.bspJCADDPHASE @jcco, @job, @phasegroup, @phase, @phaseoverride, NULL, @msg OUTPUT;
    IF @rc <> 0 GOTO refused;

    -- A missing header is added with a zero estimate, whose own detail comes through this trigger again.
    EXEC @rc = dbo.bspJCADDCOSTTYPE @jcco, @job, @phasegroup, @phase, @costtype, @um, @override = @typeoverride,
                                    @msg = @msg OUTPUT;
    IF @rc <> 0 GOTO refused;
  END;

  INSERT INTO dbo.bJCCP (JCCo, Job, Phase, PhaseGroup, CostType, Mth)
  SELECT DISTINCT i.JCCo, i.Job, i.Phase, i.PhaseGroup, i.CostType, i.Mth
  FROM inserted AS i
  WHERE NOT EXISTS (SELECT 1 FROM dbo.bJCCP AS p
                    WHERE p.JCCo = i.JCCo AND p.Job = i.Job AND p.Phase = i.Phase AND p.PhaseGroup = i.PhaseGroup
                      AND p.CostType = i.CostType AND p.Mth = i.Mth);

  INSERT INTO @detail
  SELECT 1, JCCo, Job, Phase, PhaseGroup, CostType, Mth, JCTransType, UM, EstHours, EstUnits, EstCost,
         ActualHours, ActualUnits, ActualCost, ProjHours, ProjUnits, ProjCost, ForecastHours, ForecastUnits, ForecastCost,
         TotalCmtdUnits, TotalCmtdCost, RemainCmtdUnits, RemainCmtdCost
  FROM inserted;
  EXEC dbo.sandbox_carry_to_periods @detail;
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot insert Cost Detail Trans # ', @trans, ' Phase ', @phase, ' Cost Type ', @costtype);
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCCDu ON dbo.bJCCD AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  DECLARE @detail dbo.sandbox_detail;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  INSERT INTO @detail
  SELECT 1, JCCo, Job, Phase, PhaseGroup, CostType, Mth, JCTransType, UM, EstHours, EstUnits, EstCost,
         ActualHours, ActualUnits, ActualCost, ProjHours, ProjUnits, ProjCost, ForecastHours, ForecastUnits, ForecastCost,
         TotalCmtdUnits, TotalCmtdCost, RemainCmtdUnits, RemainCmtdCost
  FROM inserted;
  INSERT INTO @detail
  SELECT -1, JCCo, Job, Phase, PhaseGroup, CostType, Mth, JCTransType, UM, EstHours, EstUnits, EstCost,
         ActualHours, ActualUnits, ActualCost, ProjHours, ProjUnits, ProjCost, ForecastHours, ForecastUnits, ForecastCost,
         TotalCmtdUnits, TotalCmtdCost, RemainCmtdUnits, RemainCmtdCost
  FROM deleted;
  EXEC dbo.sandbox_carry_to_periods @detail;
END;
GO

-- Taken out of the totals and written to the audit whatever the flags say, unless the job is being purged.
CREATE TRIGGER dbo.btJCCDd ON dbo.bJCCD AFTER DELETE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  DECLARE @detail dbo.sandbox_detail;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  INSERT INTO @detail
  SELECT -1, d.JCCo, d.Job, d.Phase, d.PhaseGroup, d.CostType, d.Mth, d.JCTransType, d.UM, d.EstHours, d.EstUnits, d.EstCost,
         d.ActualHours, d.ActualUnits, d.ActualCost, d.ProjHours, d.ProjUnits, d.ProjCost,
         d.ForecastHours, d.ForecastUnits, d.ForecastCost, d.TotalCmtdUnits, d.TotalCmtdCost,
         d.RemainCmtdUnits, d.RemainCmtdCost
  FROM deleted AS d
  JOIN dbo.bJCJM AS j ON j.JCCo = d.JCCo AND j.Job = d.Job AND j.ClosePurgeFlag = 'N';
  EXEC dbo.sandbox_carry_to_periods @detail;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCCD', CONCAT('Mth: ', CONVERT(char(7), d.Mth, 120), ' CostTrans: ', d.CostTrans), d.JCCo, 'D', GETDATE(),
         l.VPUserName
  FROM deleted AS d
  JOIN dbo.bJCJM AS j ON j.JCCo = d.JCCo AND j.Job = d.Job AND j.ClosePurgeFlag = 'N'
  CROSS JOIN dbo.sandbox_login AS l;
END;
GO

CREATE TRIGGER dbo.btJCCPi ON dbo.bJCCP AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @msg varchar(255);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  SELECT TOP (1) @msg = CONCAT('Phase ', i.Phase, ' Cost Type ', i.CostType,
                               ' is not on the job - cannot insert Cost by Period!')
  FROM inserted AS i
  WHERE NOT EXISTS (SELECT 1 FROM dbo.bJCCH AS h
                    WHERE h.JCCo = i.JCCo AND h.Job = i.Job AND h.PhaseGroup = i.PhaseGroup AND h.Phase = i.Phase
                      AND h.CostType = i.CostType)
  ORDER BY i.Phase, i.CostType;
  IF @msg IS NULL RETURN;

  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCCPu ON dbo.bJCCP AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;
  IF (SELECT COUNT(*)
      FROM inserted AS i
      JOIN deleted AS d ON d.JCCo = i.JCCo AND d.Job = i.Job AND d.Phase = i.Phase AND d.PhaseGroup = i.PhaseGroup
                       AND d.CostType = i.CostType AND d.Mth = i.Mth) = @rows RETURN;

  RAISERROR('Key fields may not be changed - cannot update Cost by Period!', 11, -1);
  ROLLBACK TRANSACTION;
END;
GO
