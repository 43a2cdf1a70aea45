-- Who is connected, and the views that are more than "select * from the table" (facts 1.2).

-- One row: the login of everybody who opens this file.
CREATE TABLE sandbox_login (VPUserName TEXT NOT NULL COLLATE RTRIM);
INSERT INTO sandbox_login (VPUserName) VALUES ('procore_export');

-- 1 while a trigger only gives an amount its fixed spelling, which is no change of the estimate.
CREATE TABLE sandbox_state (is_respelling INTEGER NOT NULL);
INSERT INTO sandbox_state (is_respelling) VALUES (0);

CREATE VIEW DDDTShared AS
SELECT t.Datatype, t.InputType,
       coalesce(c.InputMask, t.InputMask) AS InputMask,
       coalesce(c.InputLength, t.InputLength) AS InputLength,
       coalesce(c.Secure, t.Secure) AS Secure,
       t.DfltSecurityGroup
FROM vDDDT AS t
LEFT JOIN vDDDTc AS c ON c.Datatype = t.Datatype;

-- The company is a secured datatype: a login sees the companies it has a row for.
CREATE VIEW HQCO AS
SELECT a.* FROM bHQCO AS a
WHERE EXISTS (SELECT 1 FROM sandbox_login AS l WHERE l.VPUserName IN ('viewpointcs', 'VCSPortal'))
   OR EXISTS (SELECT 1 FROM vDDDU AS u
              JOIN sandbox_login AS l ON u.VPUserName = l.VPUserName
              WHERE u.Datatype = 'bHQCo' AND u.Qualifier = a.HQCo AND u.Instance = CAST(a.HQCo AS TEXT));

CREATE VIEW JCJM AS SELECT a.* FROM bJCJM AS a WHERE a.PCVisibleInJC = 'Y';

-- Per cost header: contract, item and posting month of its job and phase, as the triggers look them up.
CREATE VIEW sandbox_posting AS
SELECT h.KeyID, h.JCCo, h.Job, h.PhaseGroup, h.Phase, h.CostType, h.UM, h.OrigHours, h.OrigUnits, h.OrigCost, h.SourceStatus,
       j.AutoAddItemYN, c.Contract, p.Item, i.KeyID AS ItemKeyID, i.StartMonth AS Mth
FROM JCCH AS h
JOIN bJCJM AS j ON j.JCCo = h.JCCo AND j.Job = h.Job
LEFT JOIN bJCCM AS c ON c.JCCo = j.JCCo AND c.Contract = j.Contract
LEFT JOIN JCJP AS p ON p.JCCo = h.JCCo AND p.Job = h.Job AND p.PhaseGroup = h.PhaseGroup AND p.Phase = h.Phase
LEFT JOIN bJCCI AS i ON i.JCCo = p.JCCo AND i.Contract = p.Contract AND i.Item = p.Item;

-- Per cost header: what its Original Estimate detail adds up to, as whole hundredths and thousandths.
CREATE VIEW sandbox_posted AS
SELECT h.KeyID,
       (SELECT coalesce(SUM(@n2(d.EstHours)), 0) FROM bJCCD AS d
        WHERE d.JCCo = h.JCCo AND d.Job = h.Job AND d.Phase = h.Phase AND d.CostType = h.CostType
          AND d.PhaseGroup = h.PhaseGroup AND d.JCTransType = 'OE') AS Hours,
       (SELECT coalesce(SUM(@n3(d.EstUnits)), 0) FROM bJCCD AS d
        WHERE d.JCCo = h.JCCo AND d.Job = h.Job AND d.Phase = h.Phase AND d.CostType = h.CostType
          AND d.PhaseGroup = h.PhaseGroup AND d.JCTransType = 'OE' AND d.UM = h.UM) AS Units,
       (SELECT coalesce(SUM(@n2(d.EstCost)), 0) FROM bJCCD AS d
        WHERE d.JCCo = h.JCCo AND d.Job = h.Job AND d.Phase = h.Phase AND d.CostType = h.CostType
          AND d.PhaseGroup = h.PhaseGroup AND d.JCTransType = 'OE') AS Cost
FROM JCCH AS h;
