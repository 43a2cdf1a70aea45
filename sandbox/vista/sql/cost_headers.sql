-- JCCH, job cost headers: insert (facts 2.1), update (2.3), delete (2.4).

CREATE TRIGGER btJCCHi AFTER INSERT ON JCCH
BEGIN
  SELECT RAISE(ROLLBACK, 'Invalid Job - cannot insert Cost Header!')
  WHERE NOT EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job);

  SELECT RAISE(ROLLBACK, 'Cannot Post to a Soft-Closed Job - cannot insert Cost Header!')
  FROM bJCJM AS j JOIN bJCCO AS c ON c.JCCo = j.JCCo
  WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.JobStatus = 2 AND c.PostSoftClosedJobs = 'N';

  SELECT RAISE(ROLLBACK, 'Cannot Post to a Hard-Closed Job - cannot insert Cost Header!')
  FROM bJCJM AS j JOIN bJCCO AS c ON c.JCCo = j.JCCo
  WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.JobStatus = 3 AND c.PostClosedJobs = 'N';

  SELECT RAISE(ROLLBACK, 'Invalid UM - cannot insert Cost Header!')
  WHERE NOT EXISTS (SELECT 1 FROM bHQUM AS u WHERE u.UM = NEW.UM);

  SELECT RAISE(ROLLBACK, 'Invalid CostType - cannot insert Cost Header!')
  WHERE NOT EXISTS (SELECT 1 FROM bJCCT AS t WHERE t.PhaseGroup = NEW.PhaseGroup AND t.CostType = NEW.CostType);

  INSERT INTO bspJCADDPHASE_JCCH (JCCo, Job, PhaseGroup, Phase, Override)
  VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, CASE WHEN NEW.SourceStatus IN ('Y', 'N') THEN 'Y' ELSE 'N' END);

  -- Whatever the source: an estimate of a job that adds items by itself is revenue of the contract item.
  UPDATE bJCCI SET OrigContractAmt = @t2(@n2(OrigContractAmt) + @n2(NEW.OrigCost))
  WHERE KeyID = (SELECT s.ItemKeyID FROM sandbox_posting AS s WHERE s.KeyID = NEW.KeyID AND s.AutoAddItemYN = 'Y');

  -- Rows that PM still owns (Y, N) end here, but for the audit.
  SELECT RAISE(ROLLBACK, 'Missing contract for job: <job> - cannot insert Cost Header!')
  FROM sandbox_posting AS s
  WHERE s.KeyID = NEW.KeyID AND NEW.SourceStatus NOT IN ('Y', 'N') AND s.Contract IS NULL;

  SELECT RAISE(ROLLBACK, 'Contract Item Start Month must be supplied for the Contract Item: <item> - cannot insert Cost Header!')
  FROM sandbox_posting AS s
  WHERE s.KeyID = NEW.KeyID AND NEW.SourceStatus NOT IN ('Y', 'N') AND s.Mth IS NULL;

  INSERT INTO bspHQTCNextTrans (TableName, Co, Mth)
  SELECT 'bJCCD', s.JCCo, s.Mth FROM sandbox_posting AS s
  WHERE s.KeyID = NEW.KeyID AND NEW.SourceStatus NOT IN ('Y', 'N');

  -- Always, even when all three amounts are zero.
  INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                     Description, UM, PostedUM, EstHours, EstUnits, EstCost)
  SELECT s.JCCo, s.Mth, t.LastTrans, s.Job, s.PhaseGroup, s.Phase, s.CostType,
         @date(date('now', 'localtime')), s.Mth, 'OE',
         CASE NEW.SourceStatus WHEN 'I' THEN 'PM Intface' ELSE 'JC OrigEst' END, 'Original Estimate', s.UM, s.UM,
         @t2(@n2(s.OrigHours)), @t3(@n3(s.OrigUnits)), @t2(@n2(s.OrigCost))
  FROM sandbox_posting AS s
  JOIN bHQTC AS t ON t.TableName = 'bJCCD' AND t.Co = s.JCCo AND t.Mth = s.Mth
  WHERE s.KeyID = NEW.KeyID AND NEW.SourceStatus NOT IN ('Y', 'N');

  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  SELECT 'bJCCH', {new_key}, NEW.JCCo, 'A' FROM bJCCO AS c WHERE c.JCCo = NEW.JCCo AND c.AuditCostTypes = 'Y';
END;

CREATE TRIGGER btJCCHu_keys BEFORE UPDATE ON JCCH
BEGIN
  SELECT RAISE(ROLLBACK, 'The following fields may not be changed: JCCo, Job, Phase, Costtype - cannot update JCCH!')
  WHERE OLD.JCCo <> NEW.JCCo OR OLD.Job <> NEW.Job OR OLD.Phase <> NEW.Phase OR OLD.CostType <> NEW.CostType;

  SELECT RAISE(ROLLBACK, 'Invalid UM - cannot update JCCH!')
  WHERE NOT EXISTS (SELECT 1 FROM bHQUM AS u WHERE u.UM = NEW.UM);
END;

-- Runs when the SET list mentions one of these columns, changed or not. The job's status is not asked.
CREATE TRIGGER btJCCHu AFTER UPDATE OF UM, OrigHours, OrigCost, OrigUnits, SourceStatus, InterfaceDate ON JCCH
WHEN (SELECT is_respelling FROM sandbox_state) = 0
BEGIN
  SELECT RAISE(ROLLBACK, 'Cannot change UM for Phase: <phase> CostType: <cost type>. Change order detail exists. - cannot update JCCH!')
  WHERE OLD.UM <> NEW.UM AND NEW.SourceStatus IN ('J', 'I')
    AND EXISTS (SELECT 1 FROM JCOD AS o
                WHERE o.JCCo = NEW.JCCo AND o.Job = NEW.Job AND o.PhaseGroup = NEW.PhaseGroup AND o.Phase = NEW.Phase
                  AND o.CostType = NEW.CostType);

  SELECT RAISE(ROLLBACK, 'Cannot change UM for Phase: <phase> CostType: <cost type>. PM change order detail exists. - cannot update JCCH!')
  WHERE OLD.UM <> NEW.UM AND NEW.SourceStatus IN ('J', 'I')
    AND EXISTS (SELECT 1 FROM bPMOL AS o
                WHERE o.PMCo = NEW.JCCo AND o.Project = NEW.Job AND o.PhaseGroup = NEW.PhaseGroup AND o.Phase = NEW.Phase
                  AND o.CostType = NEW.CostType AND o.SendYN = 'Y');

  SELECT RAISE(ROLLBACK, 'Cannot change UM for Phase: <phase> CostType: <cost type>. Committed cost exists. - cannot update JCCH!')
  WHERE OLD.UM <> NEW.UM
    AND EXISTS (SELECT 1 FROM bJCCP AS p
                WHERE p.JCCo = NEW.JCCo AND p.Job = NEW.Job AND p.PhaseGroup = NEW.PhaseGroup AND p.Phase = NEW.Phase
                  AND p.CostType = NEW.CostType AND (@n2(p.TotalCmtdCost) <> 0 OR @n2(p.RemainCmtdCost) <> 0));

  UPDATE bJCCI SET OrigContractAmt = @t2(@n2(OrigContractAmt) + @n2(NEW.OrigCost) - @n2(OLD.OrigCost))
  WHERE @n2(NEW.OrigCost) <> @n2(OLD.OrigCost)
    AND KeyID = (SELECT s.ItemKeyID FROM sandbox_posting AS s WHERE s.KeyID = NEW.KeyID AND s.AutoAddItemYN = 'Y');

  -- From J to Y or N the difference is still posted; a row that PM already owned posts nothing.
  INSERT INTO sandbox_post_difference (KeyID, OldUM, OldSourceStatus)
  SELECT NEW.KeyID, OLD.UM, OLD.SourceStatus
  WHERE NEW.SourceStatus NOT IN ('Y', 'N') OR OLD.SourceStatus = 'J';
END;

CREATE VIEW sandbox_post_difference AS SELECT NULL AS KeyID, NULL AS OldUM, NULL AS OldSourceStatus WHERE 0;

CREATE TRIGGER sandbox_post_difference_run INSTEAD OF INSERT ON sandbox_post_difference
BEGIN
  SELECT RAISE(ROLLBACK, 'Missing contract for job: <job> - cannot update JCCH!')
  FROM sandbox_posting AS s WHERE s.KeyID = NEW.KeyID AND s.Contract IS NULL;

  SELECT RAISE(ROLLBACK, 'Contract Item Start Month must be supplied for the Contract Item: <item> - cannot update JCCH!')
  FROM sandbox_posting AS s WHERE s.KeyID = NEW.KeyID AND s.Mth IS NULL;

  -- Detail in another unit: estimates lose their units, projections too, the rest goes over to the new unit.
  UPDATE bJCCD SET
    EstUnits = CASE JCTransType WHEN 'OE' THEN '0.000' ELSE EstUnits END,
    ProjUnits = CASE JCTransType WHEN 'PF' THEN '0.000' ELSE ProjUnits END,
    ForecastUnits = CASE JCTransType WHEN 'PF' THEN '0.000' ELSE ForecastUnits END,
    ActualUnits = CASE WHEN JCTransType IN ('OE', 'PF') THEN ActualUnits
                       WHEN PostedUM = (SELECT h.UM FROM JCCH AS h WHERE h.KeyID = NEW.KeyID) THEN PostedUnits
                       ELSE '0.000' END,
    UM = CASE WHEN JCTransType IN ('OE', 'PF') THEN UM ELSE (SELECT h.UM FROM JCCH AS h WHERE h.KeyID = NEW.KeyID) END
  WHERE KeyID IN (SELECT d.KeyID FROM JCCH AS h
                  JOIN bJCCD AS d ON d.JCCo = h.JCCo AND d.Job = h.Job AND d.Phase = h.Phase AND d.CostType = h.CostType
                   AND d.PhaseGroup = h.PhaseGroup
                  WHERE h.KeyID = NEW.KeyID AND h.UM <> NEW.OldUM AND d.UM <> h.UM);

  INSERT INTO bspHQTCNextTrans (TableName, Co, Mth)
  SELECT 'bJCCD', s.JCCo, s.Mth
  FROM sandbox_posting AS s JOIN sandbox_posted AS d ON d.KeyID = s.KeyID
  WHERE s.KeyID = NEW.KeyID
    AND (@n2(s.OrigHours) <> d.Hours OR @n3(s.OrigUnits) <> d.Units OR @n2(s.OrigCost) <> d.Cost
         OR s.UM <> NEW.OldUM OR s.SourceStatus = 'I');

  -- One new row with the difference; earlier rows stay as the history.
  INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                     Description, UM, PostedUM, EstHours, EstUnits, EstCost)
  SELECT s.JCCo, s.Mth, t.LastTrans, s.Job, s.PhaseGroup, s.Phase, s.CostType,
         @date(date('now', 'localtime')), s.Mth, 'OE',
         CASE WHEN s.SourceStatus = 'I' AND NEW.OldSourceStatus <> 'I' THEN 'PM Intface' ELSE 'JC OrigEst' END,
         'Original Estimate', s.UM, s.UM,
         @t2(@n2(s.OrigHours) - d.Hours), @t3(@n3(s.OrigUnits) - d.Units), @t2(@n2(s.OrigCost) - d.Cost)
  FROM sandbox_posting AS s
  JOIN sandbox_posted AS d ON d.KeyID = s.KeyID
  JOIN bHQTC AS t ON t.TableName = 'bJCCD' AND t.Co = s.JCCo AND t.Mth = s.Mth
  WHERE s.KeyID = NEW.KeyID
    AND (@n2(s.OrigHours) <> d.Hours OR @n3(s.OrigUnits) <> d.Units OR @n2(s.OrigCost) <> d.Cost
         OR s.UM <> NEW.OldUM OR s.SourceStatus = 'I');

  -- Period totals that still disagree with the header are set right in the item's month: the estimate heals itself.
  INSERT INTO bJCCP (JCCo, Job, Phase, PhaseGroup, CostType, Mth)
  SELECT s.JCCo, s.Job, s.Phase, s.PhaseGroup, s.CostType, s.Mth FROM sandbox_period_gap AS s
  WHERE s.KeyID = NEW.KeyID AND (s.Hours <> 0 OR s.Units <> 0 OR s.Cost <> 0)
    AND NOT EXISTS (SELECT 1 FROM bJCCP AS p
                    WHERE p.JCCo = s.JCCo AND p.Job = s.Job AND p.Phase = s.Phase AND p.PhaseGroup = s.PhaseGroup
                      AND p.CostType = s.CostType AND p.Mth = s.Mth);

  UPDATE bJCCP SET
    (OrigEstHours, OrigEstUnits, OrigEstCost, CurrEstHours, CurrEstUnits, CurrEstCost) =
    (SELECT @t2(@n2(bJCCP.OrigEstHours) + s.Hours), @t3(@n3(bJCCP.OrigEstUnits) + s.Units),
            @t2(@n2(bJCCP.OrigEstCost) + s.Cost), @t2(@n2(bJCCP.CurrEstHours) + s.Hours),
            @t3(@n3(bJCCP.CurrEstUnits) + s.Units), @t2(@n2(bJCCP.CurrEstCost) + s.Cost)
     FROM sandbox_period_gap AS s WHERE s.KeyID = NEW.KeyID)
  WHERE rowid = (SELECT p.rowid FROM sandbox_period_gap AS s
                 JOIN bJCCP AS p ON p.JCCo = s.JCCo AND p.Job = s.Job AND p.Phase = s.Phase AND p.PhaseGroup = s.PhaseGroup
                  AND p.CostType = s.CostType AND p.Mth = s.Mth
                 WHERE s.KeyID = NEW.KeyID AND (s.Hours <> 0 OR s.Units <> 0 OR s.Cost <> 0));
END;

-- Per cost header: the estimate less the Original Estimate of all its months.
CREATE VIEW sandbox_period_gap AS
SELECT s.KeyID, s.JCCo, s.Job, s.Phase, s.PhaseGroup, s.CostType, s.Mth,
       @n2(s.OrigHours) - (SELECT coalesce(SUM(@n2(p.OrigEstHours)), 0) FROM bJCCP AS p
                           WHERE p.JCCo = s.JCCo AND p.Job = s.Job AND p.Phase = s.Phase AND p.PhaseGroup = s.PhaseGroup
                             AND p.CostType = s.CostType) AS Hours,
       @n3(s.OrigUnits) - (SELECT coalesce(SUM(@n3(p.OrigEstUnits)), 0) FROM bJCCP AS p
                           WHERE p.JCCo = s.JCCo AND p.Job = s.Job AND p.Phase = s.Phase AND p.PhaseGroup = s.PhaseGroup
                             AND p.CostType = s.CostType) AS Units,
       @n2(s.OrigCost) - (SELECT coalesce(SUM(@n2(p.OrigEstCost)), 0) FROM bJCCP AS p
                          WHERE p.JCCo = s.JCCo AND p.Job = s.Job AND p.Phase = s.Phase AND p.PhaseGroup = s.PhaseGroup
                            AND p.CostType = s.CostType) AS Cost
FROM sandbox_posting AS s;

-- Audit of changes: the unit always, the rest when the company audits cost types. UNVERIFIED: how it spells a day.
CREATE TRIGGER btJCCHu_audit AFTER UPDATE ON JCCH
WHEN (SELECT is_respelling FROM sandbox_state) = 0
BEGIN
  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType, FieldName, OldValue, NewValue)
  SELECT 'bJCCH', {new_key}, NEW.JCCo, 'C', f.FieldName, f.OldValue, f.NewValue
  FROM (SELECT 'UM' AS FieldName, OLD.UM AS OldValue, NEW.UM AS NewValue
        UNION ALL SELECT 'BillFlag', OLD.BillFlag, NEW.BillFlag
        UNION ALL SELECT 'ItemUnitFlag', OLD.ItemUnitFlag, NEW.ItemUnitFlag
        UNION ALL SELECT 'PhaseUnitFlag', OLD.PhaseUnitFlag, NEW.PhaseUnitFlag
        UNION ALL SELECT 'BuyOutYN', OLD.BuyOutYN, NEW.BuyOutYN
        UNION ALL SELECT 'ActiveYN', OLD.ActiveYN, NEW.ActiveYN
        UNION ALL SELECT 'Plugged', OLD.Plugged, NEW.Plugged
        UNION ALL SELECT 'SourceStatus', OLD.SourceStatus, NEW.SourceStatus
        UNION ALL SELECT 'LastProjDate', substr(@date(OLD.LastProjDate), 1, 19), substr(@date(NEW.LastProjDate), 1, 19)
        UNION ALL SELECT 'InterfaceDate', substr(@date(OLD.InterfaceDate), 1, 19), substr(@date(NEW.InterfaceDate), 1, 19)
        UNION ALL SELECT 'OrigHours', @t2(@n2(OLD.OrigHours)), @t2(@n2(NEW.OrigHours))
        UNION ALL SELECT 'OrigUnits', @t3(@n3(OLD.OrigUnits)), @t3(@n3(NEW.OrigUnits))
        UNION ALL SELECT 'OrigCost', @t2(@n2(OLD.OrigCost)), @t2(@n2(NEW.OrigCost))) AS f
  WHERE f.OldValue IS NOT f.NewValue
    AND (f.FieldName = 'UM' OR (SELECT c.AuditCostTypes FROM bJCCO AS c WHERE c.JCCo = NEW.JCCo) = 'Y');
END;

CREATE TRIGGER btJCCHd AFTER DELETE ON JCCH
BEGIN
  SELECT RAISE(ROLLBACK, 'Actual values do not net zero. - cannot delete JC Cost Header!')
  WHERE EXISTS (SELECT 1 FROM bJCCP AS p
                WHERE p.JCCo = OLD.JCCo AND p.Job = OLD.Job AND p.PhaseGroup = OLD.PhaseGroup AND p.Phase = OLD.Phase
                  AND p.CostType = OLD.CostType
                  AND (@n2(p.ActualHours) <> 0 OR @n3(p.ActualUnits) <> 0 OR @n2(p.ActualCost) <> 0))
    AND {has_other_detail};

  SELECT RAISE(ROLLBACK, 'Estimate, projection or committed values do not net zero. - cannot delete JC Cost Header!')
  WHERE {has_other_detail}
    AND EXISTS (SELECT 1 FROM bJCCP AS p
                WHERE p.JCCo = OLD.JCCo AND p.Job = OLD.Job AND p.PhaseGroup = OLD.PhaseGroup AND p.Phase = OLD.Phase
                  AND p.CostType = OLD.CostType
                GROUP BY p.JCCo
                HAVING SUM(@n2(p.OrigEstCost)) <> 0 OR SUM(@n2(p.CurrEstCost)) <> 0 OR SUM(@n2(p.ProjCost)) <> 0
                    OR SUM(@n2(p.TotalCmtdCost)) <> 0 OR SUM(@n2(p.RemainCmtdCost)) <> 0
                    OR SUM(@n2(p.RecvdNotInvcdCost)) <> 0);

  SELECT RAISE(ROLLBACK, 'Approved Change Order Detail exists. - cannot delete JC Cost Header!')
  WHERE EXISTS (SELECT 1 FROM JCOD AS o
                WHERE o.JCCo = OLD.JCCo AND o.Job = OLD.Job AND o.PhaseGroup = OLD.PhaseGroup AND o.Phase = OLD.Phase
                  AND o.CostType = OLD.CostType);

  SELECT RAISE(ROLLBACK, 'PM Change Order Detail exists. - cannot delete JC Cost Header!')
  WHERE EXISTS (SELECT 1 FROM bPMOL AS o
                WHERE o.PMCo = OLD.JCCo AND o.Project = OLD.Job AND o.PhaseGroup = OLD.PhaseGroup AND o.Phase = OLD.Phase
                  AND o.CostType = OLD.CostType);

  DELETE FROM bJCCD
  WHERE JCCo = OLD.JCCo AND Job = OLD.Job AND Phase = OLD.Phase AND CostType = OLD.CostType AND PhaseGroup = OLD.PhaseGroup
    AND JCTransType = 'OE';

  DELETE FROM bJCCP
  WHERE JCCo = OLD.JCCo AND Job = OLD.Job AND Phase = OLD.Phase AND PhaseGroup = OLD.PhaseGroup AND CostType = OLD.CostType;

  UPDATE bJCCI SET OrigContractAmt = @t2(@n2(OrigContractAmt) - @n2(OLD.OrigCost))
  WHERE KeyID = (SELECT i.KeyID FROM bJCJM AS j
                 JOIN JCJP AS p ON p.JCCo = j.JCCo AND p.Job = j.Job AND p.PhaseGroup = OLD.PhaseGroup AND p.Phase = OLD.Phase
                 JOIN bJCCI AS i ON i.JCCo = p.JCCo AND i.Contract = p.Contract AND i.Item = p.Item
                 WHERE j.JCCo = OLD.JCCo AND j.Job = OLD.Job AND j.AutoAddItemYN = 'Y' AND j.ClosePurgeFlag = 'N');

  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  SELECT 'bJCCH', {old_key}, OLD.JCCo, 'D' FROM bJCCO AS c WHERE c.JCCo = OLD.JCCo AND c.AuditCostTypes = 'Y';
END;
