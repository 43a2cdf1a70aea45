-- JCCM, JCCI, JCID and JCJM, contracts and jobs (facts 2.6).

CREATE TRIGGER btJCCMi AFTER INSERT ON bJCCM
BEGIN
  SELECT RAISE(ROLLBACK, 'Contract status must be 0, 1, 2 or 3 - cannot insert Contract!')
  WHERE NEW.ContractStatus NOT BETWEEN 0 AND 3;
END;

CREATE TRIGGER btJCCMu AFTER UPDATE OF ContractStatus ON bJCCM
BEGIN
  SELECT RAISE(ROLLBACK, 'Contract status must be 0, 1, 2 or 3 - cannot update Contract!')
  WHERE NEW.ContractStatus NOT BETWEEN 0 AND 3;

  UPDATE bJCJM SET JobStatus = NEW.ContractStatus
  WHERE JCCo = NEW.JCCo AND Contract = NEW.Contract AND JobStatus <> NEW.ContractStatus;
END;

CREATE TRIGGER btJCJMi AFTER INSERT ON bJCJM
BEGIN
  SELECT RAISE(ROLLBACK, 'Job already exists in another case - cannot insert Job!')
  WHERE EXISTS (SELECT 1 FROM bJCJM AS j
                WHERE j.JCCo = NEW.JCCo AND upper(rtrim(j.Job)) = upper(rtrim(NEW.Job)) AND j.KeyID <> NEW.KeyID);
END;

CREATE TRIGGER btJCJMu AFTER UPDATE ON bJCJM
BEGIN
  SELECT RAISE(ROLLBACK, 'Job status must equal contract status - cannot update Job!')
  FROM bJCCM AS c
  WHERE c.JCCo = NEW.JCCo AND c.Contract = NEW.Contract AND c.ContractStatus <> NEW.JobStatus;
END;

-- Original contract amount is revenue: it is part of the current amount and of the item's detail.
CREATE TRIGGER btJCCIu_amount AFTER UPDATE OF OrigContractAmt ON bJCCI
WHEN @n2(OLD.OrigContractAmt) <> @n2(NEW.OrigContractAmt)
BEGIN
  UPDATE bJCCI SET ContractAmt = @t2(@n2(ContractAmt) + @n2(NEW.OrigContractAmt) - @n2(OLD.OrigContractAmt))
  WHERE KeyID = NEW.KeyID;

  INSERT INTO bspHQTCNextTrans (TableName, Co, Mth)
  SELECT 'bJCID', NEW.JCCo, NEW.StartMonth WHERE NEW.StartMonth IS NOT NULL;

  INSERT INTO bJCID (JCCo, Mth, ItemTrans, Contract, Item, JCTransType, TransSource, PostedDate, ContractAmt)
  SELECT NEW.JCCo, NEW.StartMonth, t.LastTrans, NEW.Contract, NEW.Item, 'OC', 'JC OrigEst',
         @date(date('now', 'localtime')), @t2(@n2(NEW.OrigContractAmt) - @n2(OLD.OrigContractAmt))
  FROM bHQTC AS t WHERE t.TableName = 'bJCID' AND t.Co = NEW.JCCo AND t.Mth = NEW.StartMonth;
END;

-- Another start month moves every Original Estimate of the item: a new detail row there, the old one deleted.
CREATE TRIGGER btJCCIu AFTER UPDATE OF StartMonth ON bJCCI
WHEN OLD.StartMonth IS NOT NULL AND @date(OLD.StartMonth) <> @date(NEW.StartMonth)
BEGIN
  INSERT INTO bHQTC (TableName, Co, Mth, LastTrans)
  SELECT 'bJCCD', NEW.JCCo, @date(NEW.StartMonth), 0
  WHERE NOT EXISTS (SELECT 1 FROM bHQTC AS t
                    WHERE t.TableName = 'bJCCD' AND t.Co = NEW.JCCo AND t.Mth = @date(NEW.StartMonth))
    AND EXISTS (SELECT 1 FROM sandbox_item_estimates AS e JOIN bJCCD AS d ON d.KeyID = e.KeyID
                WHERE e.ItemKeyID = NEW.KeyID AND d.Mth <> @date(NEW.StartMonth));

  INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                     Description, UM, PostedUM, EstHours, EstUnits, EstCost)
  SELECT d.JCCo, @date(NEW.StartMonth), t.LastTrans + row_number() OVER (ORDER BY d.KeyID), d.Job, d.PhaseGroup, d.Phase,
         d.CostType, d.PostedDate, @date(NEW.StartMonth), d.JCTransType, d.Source, d.Description, d.UM, d.PostedUM, d.EstHours,
         d.EstUnits, d.EstCost
  FROM sandbox_item_estimates AS e
  JOIN bJCCD AS d ON d.KeyID = e.KeyID
  JOIN bHQTC AS t ON t.TableName = 'bJCCD' AND t.Co = d.JCCo AND t.Mth = @date(NEW.StartMonth)
  WHERE e.ItemKeyID = NEW.KeyID AND d.Mth <> @date(NEW.StartMonth);

  -- As many numbers as rows that are about to leave their old month.
  UPDATE bHQTC SET LastTrans = LastTrans + (SELECT count(*) FROM sandbox_item_estimates AS e JOIN bJCCD AS d ON d.KeyID = e.KeyID
                                            WHERE e.ItemKeyID = NEW.KeyID AND d.Mth <> @date(NEW.StartMonth))
  WHERE TableName = 'bJCCD' AND Co = NEW.JCCo AND Mth = @date(NEW.StartMonth);

  DELETE FROM bJCCD
  WHERE KeyID IN (SELECT e.KeyID FROM sandbox_item_estimates AS e WHERE e.ItemKeyID = NEW.KeyID)
    AND Mth <> @date(NEW.StartMonth);
END;

CREATE VIEW sandbox_item_estimates AS
SELECT i.KeyID AS ItemKeyID, d.KeyID
FROM bJCCI AS i
JOIN JCJP AS p ON p.JCCo = i.JCCo AND p.Contract = i.Contract AND p.Item = i.Item
JOIN bJCCD AS d ON d.JCCo = p.JCCo AND d.Job = p.Job AND d.PhaseGroup = p.PhaseGroup AND d.Phase = p.Phase
WHERE d.JCTransType = 'OE';
