-- bJCCH, job cost headers: insert (facts 2.1), update (2.3), delete (2.4).
-- Every trigger here has Vista's shape: AFTER, first the number of rows, then the checks, then row by row in the order of
-- KeyID. A refusal is RAISERROR with severity 11 (error 50000) and ROLLBACK TRANSACTION, which ends the batch (3609).

CREATE TRIGGER dbo.btJCCHi ON dbo.bJCCH AFTER INSERT AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @key bigint = 0, @rc int, @trans int, @msg varchar(255);
  DECLARE @jcco tinyint, @job varchar(10), @phasegroup tinyint, @phase varchar(20), @status char(1), @override char(1);
  DECLARE @mth smalldatetime;
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  -- Counted against the statement's rows, as Vista does: a MERGE, whose count is another, is told this too.
  IF (SELECT COUNT(*) FROM inserted AS i JOIN dbo.bJCJM AS j ON j.JCCo = i.JCCo AND j.Job = i.Job) <> @rows
  BEGIN
    SET @msg = 'Invalid Job';
    GOTO refused;
  END;

  SELECT TOP (1) @msg = r.Refusal
  FROM inserted AS i
  JOIN dbo.bJCJM AS j ON j.JCCo = i.JCCo AND j.Job = i.Job
  LEFT JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo
  CROSS APPLY (SELECT CASE
      WHEN j.JobStatus = 2 AND c.PostSoftClosedJobs = 'N' THEN 'Cannot Post to a Soft-Closed Job'
      WHEN j.JobStatus = 3 AND c.PostClosedJobs = 'N' THEN 'Cannot Post to a Hard-Closed Job'
      WHEN NOT EXISTS (SELECT 1 FROM dbo.bHQUM AS u WHERE u.UM = i.UM) THEN 'Invalid UM'
      WHEN NOT EXISTS (SELECT 1 FROM dbo.bJCCT AS t WHERE t.PhaseGroup = i.PhaseGroup AND t.CostType = i.CostType)
        THEN 'Invalid CostType'
    END AS Refusal) AS r
  WHERE r.Refusal IS NOT NULL
  ORDER BY i.KeyID;
  IF @msg IS NOT NULL GOTO refused;

  WHILE 1 = 1
  BEGIN
    SELECT TOP (1) @key = KeyID, @jcco = JCCo, @job = Job, @phasegroup = PhaseGroup, @phase = Phase, @status = SourceStatus
    FROM inserted WHERE KeyID > @key ORDER BY KeyID;
    IF @@ROWCOUNT = 0 BREAK;

    SET @override = CASE WHEN @status IN ('Y', 'N') THEN 'Y' ELSE 'N' END;
    EXEC @rc = dbo.bspJCADDPHASE @jcco, @job, @phasegroup, @phase, @override, NULL, @msg OUTPUT;
    IF @rc <> 0
    BEGIN
      SET @msg = CONCAT(@msg, ' - Could not add phase ', @phase);
      GOTO refused;
    END;

    -- Whatever the source: an estimate of a job that adds items by itself is revenue of the contract item.
    UPDATE t SET OrigContractAmt = t.OrigContractAmt + s.OrigCost
    FROM dbo.bJCCI AS t
    JOIN dbo.sandbox_posting AS s ON s.ItemKeyID = t.KeyID
    WHERE s.KeyID = @key AND s.AutoAddItemYN = 'Y';

    -- Rows that PM still owns end here, but for the audit.
    IF @status IN ('Y', 'N') CONTINUE;

    SELECT @mth = s.Mth, @msg = CASE
        WHEN s.Contract IS NULL THEN CONCAT('Missing contract for job: ', s.Job)
        WHEN s.Mth IS NULL THEN CONCAT('Contract Item Start Month must be supplied for the Contract Item: ', s.Item)
      END
    FROM dbo.sandbox_posting AS s WHERE s.KeyID = @key;
    IF @msg IS NOT NULL GOTO refused;

    EXEC @trans = dbo.bspHQTCNextTrans 'bJCCD', @jcco, @mth, @msg OUTPUT;
    IF @trans = 0 GOTO refused;

    -- Always, even when all three amounts are zero.
    INSERT INTO dbo.bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                           Description, UM, PostedUM, EstHours, EstUnits, EstCost)
    SELECT s.JCCo, s.Mth, @trans, s.Job, s.PhaseGroup, s.Phase, s.CostType, CAST(GETDATE() AS date), s.Mth, 'OE',
           CASE @status WHEN 'I' THEN 'PM Intface' ELSE 'JC OrigEst' END,
           'Original Estimate', s.UM, s.UM, s.OrigHours, s.OrigUnits, s.OrigCost
    FROM dbo.sandbox_posting AS s WHERE s.KeyID = @key;
  END;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCCH', CONCAT('JCCo: ', i.JCCo, ' Job: ', i.Job, ' Phase: ', i.Phase, ' CostType: ', i.CostType), i.JCCo, 'A',
         GETDATE(), l.VPUserName
  FROM inserted AS i
  JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo AND c.AuditCostTypes = 'Y'
  CROSS JOIN dbo.sandbox_login AS l;
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot insert Cost Header!');
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

-- Posts what a header's estimate and its posted detail differ by. 0, or 1 with the refusal in @msg.
CREATE PROCEDURE dbo.sandbox_post_difference
  @key bigint, @oldum varchar(3), @oldstatus char(1), @msg varchar(255) OUTPUT
AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @jcco tinyint, @mth smalldatetime, @um varchar(3), @isnewum bit, @status char(1), @trans int;
  DECLARE @hours numeric(10,2), @units numeric(12,3), @cost numeric(12,2);

  SELECT @jcco = s.JCCo, @mth = s.Mth, @um = s.UM, @status = s.SourceStatus,
         @isnewum = CASE WHEN s.UM <> @oldum THEN 1 ELSE 0 END,
         @msg = CASE
           WHEN s.Contract IS NULL THEN CONCAT('Missing contract for job: ', s.Job)
           WHEN s.Mth IS NULL THEN CONCAT('Contract Item Start Month must be supplied for the Contract Item: ', s.Item)
         END
  FROM dbo.sandbox_posting AS s WHERE s.KeyID = @key;
  IF @msg IS NOT NULL RETURN 1;

  -- Detail in another unit: estimates lose their units, projections too, the rest goes over to the new unit.
  IF @isnewum = 1
    UPDATE d SET
      EstUnits = CASE d.JCTransType WHEN 'OE' THEN 0 ELSE d.EstUnits END,
      ProjUnits = CASE d.JCTransType WHEN 'PF' THEN 0 ELSE d.ProjUnits END,
      ForecastUnits = CASE d.JCTransType WHEN 'PF' THEN 0 ELSE d.ForecastUnits END,
      ActualUnits = CASE WHEN d.JCTransType IN ('OE', 'PF') THEN d.ActualUnits
                         WHEN d.PostedUM = h.UM THEN d.PostedUnits
                         ELSE 0 END,
      UM = CASE WHEN d.JCTransType IN ('OE', 'PF') THEN d.UM ELSE h.UM END
    FROM dbo.bJCCD AS d
    JOIN dbo.bJCCH AS h ON h.JCCo = d.JCCo AND h.Job = d.Job AND h.Phase = d.Phase AND h.CostType = d.CostType
                       AND h.PhaseGroup = d.PhaseGroup
    WHERE h.KeyID = @key AND d.UM <> h.UM;

  SELECT @hours = s.OrigHours - d.Hours, @units = s.OrigUnits - d.Units, @cost = s.OrigCost - d.Cost
  FROM dbo.sandbox_posting AS s
  JOIN dbo.sandbox_posted AS d ON d.KeyID = s.KeyID
  WHERE s.KeyID = @key;

  -- One new row with the difference; earlier rows stay as the history. An interfaced header gets a row even for nothing.
  IF @hours <> 0 OR @units <> 0 OR @cost <> 0 OR @isnewum = 1 OR @status = 'I'
  BEGIN
    EXEC @trans = dbo.bspHQTCNextTrans 'bJCCD', @jcco, @mth, @msg OUTPUT;
    IF @trans = 0 RETURN 1;

    INSERT INTO dbo.bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                           Description, UM, PostedUM, EstHours, EstUnits, EstCost)
    SELECT s.JCCo, s.Mth, @trans, s.Job, s.PhaseGroup, s.Phase, s.CostType, CAST(GETDATE() AS date), s.Mth, 'OE',
           CASE WHEN @status = 'I' AND @oldstatus <> 'I' THEN 'PM Intface' ELSE 'JC OrigEst' END,
           'Original Estimate', s.UM, s.UM, @hours, @units, @cost
    FROM dbo.sandbox_posting AS s WHERE s.KeyID = @key;
  END;

  -- Period totals that still disagree with the header are set right in the item's month: the estimate heals itself.
  SELECT @hours = g.Hours, @units = g.Units, @cost = g.Cost FROM dbo.sandbox_period_gap AS g WHERE g.KeyID = @key;
  IF @hours <> 0 OR @units <> 0 OR @cost <> 0
  BEGIN
    INSERT INTO dbo.bJCCP (JCCo, Job, Phase, PhaseGroup, CostType, Mth)
    SELECT s.JCCo, s.Job, s.Phase, s.PhaseGroup, s.CostType, s.Mth
    FROM dbo.sandbox_posting AS s
    WHERE s.KeyID = @key
      AND NOT EXISTS (SELECT 1 FROM dbo.bJCCP AS p
                      WHERE p.JCCo = s.JCCo AND p.Job = s.Job AND p.Phase = s.Phase AND p.PhaseGroup = s.PhaseGroup
                        AND p.CostType = s.CostType AND p.Mth = s.Mth);

    UPDATE p SET
      OrigEstHours = p.OrigEstHours + @hours, OrigEstUnits = p.OrigEstUnits + @units, OrigEstCost = p.OrigEstCost + @cost,
      CurrEstHours = p.CurrEstHours + @hours, CurrEstUnits = p.CurrEstUnits + @units, CurrEstCost = p.CurrEstCost + @cost
    FROM dbo.bJCCP AS p
    JOIN dbo.sandbox_posting AS s ON s.JCCo = p.JCCo AND s.Job = p.Job AND s.Phase = p.Phase AND s.PhaseGroup = p.PhaseGroup
                                 AND s.CostType = p.CostType AND s.Mth = p.Mth
    WHERE s.KeyID = @key;
  END;
  RETURN 0;
END;
GO

CREATE TRIGGER dbo.btJCCHu ON dbo.bJCCH AFTER UPDATE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @key bigint = 0, @rc int, @msg varchar(255), @oldum varchar(3), @oldstatus char(1);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  IF (SELECT COUNT(*)
      FROM inserted AS i
      JOIN deleted AS d ON d.KeyID = i.KeyID AND d.JCCo = i.JCCo AND d.Job = i.Job AND d.Phase = i.Phase
                       AND d.CostType = i.CostType) <> @rows
  BEGIN
    SET @msg = 'The following fields may not be changed: JCCo, Job, Phase, Costtype';
    GOTO refused;
  END;

  IF EXISTS (SELECT 1 FROM inserted AS i WHERE NOT EXISTS (SELECT 1 FROM dbo.bHQUM AS u WHERE u.UM = i.UM))
  BEGIN
    SET @msg = 'Invalid UM';
    GOTO refused;
  END;

  -- Posts when the SET list mentions one of these columns, changed or not. The job's status is not asked.
  IF UPDATE(UM) OR UPDATE(OrigHours) OR UPDATE(OrigCost) OR UPDATE(OrigUnits) OR UPDATE(SourceStatus) OR UPDATE(InterfaceDate)
  BEGIN
    SELECT TOP (1) @msg = CONCAT('Cannot change UM for Phase: ', i.Phase, ' CostType: ', i.CostType, r.Reason)
    FROM inserted AS i
    JOIN deleted AS d ON d.KeyID = i.KeyID
    CROSS APPLY (SELECT CASE
        WHEN i.SourceStatus IN ('J', 'I')
             AND EXISTS (SELECT 1 FROM dbo.bJCOD AS o
                         WHERE o.JCCo = i.JCCo AND o.Job = i.Job AND o.PhaseGroup = i.PhaseGroup AND o.Phase = i.Phase
                           AND o.CostType = i.CostType)
          THEN '. Change order detail exists.'
        WHEN i.SourceStatus IN ('J', 'I')
             AND EXISTS (SELECT 1 FROM dbo.bPMOL AS o
                         WHERE o.PMCo = i.JCCo AND o.Project = i.Job AND o.PhaseGroup = i.PhaseGroup AND o.Phase = i.Phase
                           AND o.CostType = i.CostType AND o.SendYN = 'Y')
          THEN '. PM change order detail exists.'
        WHEN EXISTS (SELECT 1 FROM dbo.bJCCP AS p
                     WHERE p.JCCo = i.JCCo AND p.Job = i.Job AND p.PhaseGroup = i.PhaseGroup AND p.Phase = i.Phase
                       AND p.CostType = i.CostType AND (p.TotalCmtdCost <> 0 OR p.RemainCmtdCost <> 0))
          THEN '. Committed cost exists.'
      END AS Reason) AS r
    WHERE i.UM <> d.UM AND r.Reason IS NOT NULL
    ORDER BY i.KeyID;
    IF @msg IS NOT NULL GOTO refused;

    -- Revenue of a job that adds items by itself follows the difference.
    UPDATE t SET OrigContractAmt = t.OrigContractAmt + m.Difference
    FROM dbo.bJCCI AS t
    JOIN (SELECT s.ItemKeyID, SUM(i.OrigCost - d.OrigCost) AS Difference
          FROM inserted AS i
          JOIN deleted AS d ON d.KeyID = i.KeyID
          JOIN dbo.sandbox_posting AS s ON s.KeyID = i.KeyID
          WHERE s.AutoAddItemYN = 'Y' AND i.OrigCost <> d.OrigCost
          GROUP BY s.ItemKeyID) AS m ON m.ItemKeyID = t.KeyID;

    -- From J to Y or N the difference is still posted; a row that PM already owned posts nothing.
    WHILE 1 = 1
    BEGIN
      SELECT TOP (1) @key = i.KeyID, @oldum = d.UM, @oldstatus = d.SourceStatus
      FROM inserted AS i
      JOIN deleted AS d ON d.KeyID = i.KeyID
      WHERE i.KeyID > @key AND (i.SourceStatus NOT IN ('Y', 'N') OR d.SourceStatus = 'J')
      ORDER BY i.KeyID;
      IF @@ROWCOUNT = 0 BREAK;

      EXEC @rc = dbo.sandbox_post_difference @key, @oldum, @oldstatus, @msg OUTPUT;
      IF @rc <> 0 GOTO refused;
    END;
  END;

  -- The unit is always audited, the rest when the company audits cost types. UNVERIFIED: how it spells a day.
  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, FieldName, OldValue, NewValue, DateTime, UserName)
  SELECT 'bJCCH', CONCAT('JCCo: ', i.JCCo, ' Job: ', i.Job, ' Phase: ', i.Phase, ' CostType: ', i.CostType), i.JCCo, 'C',
         f.FieldName, f.OldValue, f.NewValue, GETDATE(), l.VPUserName
  FROM inserted AS i
  JOIN deleted AS d ON d.KeyID = i.KeyID
  LEFT JOIN dbo.bJCCO AS c ON c.JCCo = i.JCCo
  CROSS JOIN dbo.sandbox_login AS l
  CROSS APPLY (VALUES
    ('UM', d.UM, i.UM),
    ('BillFlag', d.BillFlag, i.BillFlag),
    ('ItemUnitFlag', d.ItemUnitFlag, i.ItemUnitFlag),
    ('PhaseUnitFlag', d.PhaseUnitFlag, i.PhaseUnitFlag),
    ('BuyOutYN', d.BuyOutYN, i.BuyOutYN),
    ('ActiveYN', d.ActiveYN, i.ActiveYN),
    ('Plugged', d.Plugged, i.Plugged),
    ('SourceStatus', d.SourceStatus, i.SourceStatus),
    ('LastProjDate', CONVERT(varchar(30), d.LastProjDate, 120), CONVERT(varchar(30), i.LastProjDate, 120)),
    ('InterfaceDate', CONVERT(varchar(30), d.InterfaceDate, 120), CONVERT(varchar(30), i.InterfaceDate, 120)),
    ('OrigHours', CONVERT(varchar(30), d.OrigHours), CONVERT(varchar(30), i.OrigHours)),
    ('OrigUnits', CONVERT(varchar(30), d.OrigUnits), CONVERT(varchar(30), i.OrigUnits)),
    ('OrigCost', CONVERT(varchar(30), d.OrigCost), CONVERT(varchar(30), i.OrigCost))
  ) AS f (FieldName, OldValue, NewValue)
  WHERE COALESCE(f.OldValue, '') <> COALESCE(f.NewValue, '') AND (f.FieldName = 'UM' OR c.AuditCostTypes = 'Y');
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot update JCCH!');
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO

CREATE TRIGGER dbo.btJCCHd ON dbo.bJCCH AFTER DELETE AS
BEGIN
  DECLARE @rows int = @@ROWCOUNT, @msg varchar(255);
  IF @rows = 0 RETURN;
  SET NOCOUNT ON;

  SELECT TOP (1) @msg = r.Refusal
  FROM deleted AS d
  CROSS APPLY (SELECT
      MAX(CASE WHEN p.ActualHours <> 0 OR p.ActualUnits <> 0 OR p.ActualCost <> 0 THEN 1 ELSE 0 END) AS HasActual,
      CASE WHEN SUM(p.OrigEstCost) <> 0 OR SUM(p.CurrEstCost) <> 0 OR SUM(p.ProjCost) <> 0 OR SUM(p.TotalCmtdCost) <> 0
             OR SUM(p.RemainCmtdCost) <> 0 OR SUM(p.RecvdNotInvcdCost) <> 0 THEN 1 ELSE 0 END AS HasAmount
    FROM dbo.bJCCP AS p
    WHERE p.JCCo = d.JCCo AND p.Job = d.Job AND p.PhaseGroup = d.PhaseGroup AND p.Phase = d.Phase
      AND p.CostType = d.CostType) AS a
  CROSS APPLY (SELECT CASE WHEN EXISTS (
      SELECT 1 FROM dbo.bJCCD AS o
      WHERE o.JCCo = d.JCCo AND o.Job = d.Job AND o.Phase = d.Phase AND o.CostType = d.CostType
        AND o.PhaseGroup = d.PhaseGroup AND o.JCTransType <> 'OE') THEN 1 ELSE 0 END AS HasOtherDetail) AS k
  CROSS APPLY (SELECT CASE
      WHEN k.HasOtherDetail = 1 AND a.HasActual = 1 THEN 'Actual values do not net zero.'
      WHEN k.HasOtherDetail = 1 AND a.HasAmount = 1 THEN 'Estimate, projection or committed values do not net zero.'
      WHEN EXISTS (SELECT 1 FROM dbo.bJCOD AS o
                   WHERE o.JCCo = d.JCCo AND o.Job = d.Job AND o.PhaseGroup = d.PhaseGroup AND o.Phase = d.Phase
                     AND o.CostType = d.CostType) THEN 'Approved Change Order Detail exists.'
      WHEN EXISTS (SELECT 1 FROM dbo.bPMOL AS o
                   WHERE o.PMCo = d.JCCo AND o.Project = d.Job AND o.PhaseGroup = d.PhaseGroup AND o.Phase = d.Phase
                     AND o.CostType = d.CostType) THEN 'PM Change Order Detail exists.'
    END AS Refusal) AS r
  WHERE r.Refusal IS NOT NULL
  ORDER BY d.KeyID;
  IF @msg IS NOT NULL GOTO refused;

  -- Only estimate detail is left: it goes along, and so do the totals.
  DELETE t
  FROM dbo.bJCCD AS t
  JOIN deleted AS d ON d.JCCo = t.JCCo AND d.Job = t.Job AND d.Phase = t.Phase AND d.CostType = t.CostType
                   AND d.PhaseGroup = t.PhaseGroup
  WHERE t.JCTransType = 'OE';

  DELETE t
  FROM dbo.bJCCP AS t
  JOIN deleted AS d ON d.JCCo = t.JCCo AND d.Job = t.Job AND d.Phase = t.Phase AND d.PhaseGroup = t.PhaseGroup
                   AND d.CostType = t.CostType;

  UPDATE t SET OrigContractAmt = t.OrigContractAmt - m.Cost
  FROM dbo.bJCCI AS t
  JOIN (SELECT p.JCCo, p.Contract, p.Item, SUM(d.OrigCost) AS Cost
        FROM deleted AS d
        JOIN dbo.bJCJM AS j ON j.JCCo = d.JCCo AND j.Job = d.Job AND j.AutoAddItemYN = 'Y' AND j.ClosePurgeFlag = 'N'
        JOIN dbo.bJCJP AS p ON p.JCCo = d.JCCo AND p.Job = d.Job AND p.PhaseGroup = d.PhaseGroup AND p.Phase = d.Phase
        GROUP BY p.JCCo, p.Contract, p.Item) AS m ON m.JCCo = t.JCCo AND m.Contract = t.Contract AND m.Item = t.Item;

  INSERT INTO dbo.bHQMA (TableName, KeyString, Co, RecType, DateTime, UserName)
  SELECT 'bJCCH', CONCAT('JCCo: ', d.JCCo, ' Job: ', d.Job, ' Phase: ', d.Phase, ' CostType: ', d.CostType), d.JCCo, 'D',
         GETDATE(), l.VPUserName
  FROM deleted AS d
  JOIN dbo.bJCCO AS c ON c.JCCo = d.JCCo AND c.AuditCostTypes = 'Y'
  CROSS JOIN dbo.sandbox_login AS l;
  RETURN;

refused:
  SET @msg = CONCAT(@msg, ' - cannot delete JC Cost Header!');
  RAISERROR(@msg, 11, -1);
  ROLLBACK TRANSACTION;
END;
GO
