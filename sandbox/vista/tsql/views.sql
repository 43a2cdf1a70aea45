-- Who is connected, and the views that are more than "select * from the table" (facts 1.2).

-- One row: the login of this session. Somebody else sits at the keyboard after
--   EXEC sp_set_session_context N'VPUserName', N'BUILDER\accountant';
-- and only in that session. The view also marks a database as a sandbox's.
CREATE VIEW dbo.sandbox_login AS
SELECT COALESCE(CAST(SESSION_CONTEXT(N'VPUserName') AS varchar(128)), CAST(SUSER_SNAME() AS varchar(128)))
       COLLATE Latin1_General_BIN2 AS VPUserName;
GO

CREATE VIEW dbo.DDDTShared AS
SELECT t.Datatype, t.InputType,
       COALESCE(c.InputMask, t.InputMask) AS InputMask,
       COALESCE(c.InputLength, t.InputLength) AS InputLength,
       COALESCE(c.Secure, t.Secure) AS Secure,
       t.DfltSecurityGroup
FROM dbo.vDDDT AS t
LEFT JOIN dbo.vDDDTc AS c ON c.Datatype = t.Datatype;
GO

-- The company is a secured datatype: a login sees the companies it has a row for.
CREATE VIEW dbo.HQCO AS
SELECT a.*
FROM dbo.bHQCO AS a
WHERE EXISTS (SELECT 1 FROM dbo.sandbox_login AS l WHERE l.VPUserName IN ('viewpointcs', 'VCSPortal'))
   OR EXISTS (SELECT 1
              FROM dbo.vDDDU AS u
              JOIN dbo.sandbox_login AS l ON u.VPUserName = l.VPUserName
              WHERE u.Datatype = 'bHQCo' AND u.Qualifier = a.HQCo AND u.Instance = CAST(a.HQCo AS varchar(30)));
GO

CREATE VIEW dbo.JCJM AS
SELECT a.* FROM dbo.bJCJM AS a WHERE a.PCVisibleInJC = 'Y';
GO

-- Per cost header: contract, item and posting month of its job and phase, as the triggers look them up.
CREATE VIEW dbo.sandbox_posting AS
SELECT h.KeyID, h.JCCo, h.Job, h.PhaseGroup, h.Phase, h.CostType, h.UM, h.OrigHours, h.OrigUnits, h.OrigCost, h.SourceStatus,
       j.AutoAddItemYN, c.Contract, p.Item, i.KeyID AS ItemKeyID, i.StartMonth AS Mth
FROM dbo.bJCCH AS h
JOIN dbo.bJCJM AS j ON j.JCCo = h.JCCo AND j.Job = h.Job
LEFT JOIN dbo.bJCCM AS c ON c.JCCo = j.JCCo AND c.Contract = j.Contract
LEFT JOIN dbo.bJCJP AS p ON p.JCCo = h.JCCo AND p.Job = h.Job AND p.PhaseGroup = h.PhaseGroup AND p.Phase = h.Phase
LEFT JOIN dbo.bJCCI AS i ON i.JCCo = p.JCCo AND i.Contract = p.Contract AND i.Item = p.Item;
GO

-- Per cost header: what its Original Estimate detail adds up to; units only where the detail is in the header's unit.
CREATE VIEW dbo.sandbox_posted AS
SELECT h.KeyID,
       COALESCE(SUM(d.EstHours), 0) AS Hours,
       COALESCE(SUM(CASE WHEN d.UM = h.UM THEN d.EstUnits ELSE 0 END), 0) AS Units,
       COALESCE(SUM(d.EstCost), 0) AS Cost
FROM dbo.bJCCH AS h
LEFT JOIN dbo.bJCCD AS d ON d.JCCo = h.JCCo AND d.Job = h.Job AND d.Phase = h.Phase AND d.CostType = h.CostType
                        AND d.PhaseGroup = h.PhaseGroup AND d.JCTransType = 'OE'
GROUP BY h.KeyID;
GO

-- Per cost header: the estimate less the Original Estimate of all its months.
CREATE VIEW dbo.sandbox_period_gap AS
SELECT h.KeyID,
       MAX(h.OrigHours) - COALESCE(SUM(p.OrigEstHours), 0) AS Hours,
       MAX(h.OrigUnits) - COALESCE(SUM(p.OrigEstUnits), 0) AS Units,
       MAX(h.OrigCost) - COALESCE(SUM(p.OrigEstCost), 0) AS Cost
FROM dbo.bJCCH AS h
LEFT JOIN dbo.bJCCP AS p ON p.JCCo = h.JCCo AND p.Job = h.Job AND p.Phase = h.Phase AND p.PhaseGroup = h.PhaseGroup
                        AND p.CostType = h.CostType
GROUP BY h.KeyID;
GO

-- Per contract item: the Original Estimate detail of the phases on it.
CREATE VIEW dbo.sandbox_item_estimates AS
SELECT i.KeyID AS ItemKeyID, d.KeyID
FROM dbo.bJCCI AS i
JOIN dbo.bJCJP AS p ON p.JCCo = i.JCCo AND p.Contract = i.Contract AND p.Item = i.Item
JOIN dbo.bJCCD AS d ON d.JCCo = p.JCCo AND d.Job = p.Job AND d.PhaseGroup = p.PhaseGroup AND d.Phase = p.Phase
WHERE d.JCTransType = 'OE';
GO
