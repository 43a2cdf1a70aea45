-- JCOH, JCOI, JCOD, approved change orders (facts 1.3, 2.7): after the original, changes belong here.

CREATE TRIGGER btJCOHi AFTER INSERT ON JCOH
BEGIN
  SELECT RAISE(ROLLBACK, 'Invalid Job - cannot insert Change Order Header!')
  WHERE NOT EXISTS (SELECT 1 FROM bJCJM AS j WHERE j.JCCo = NEW.JCCo AND j.Job = NEW.Job AND j.Contract = NEW.Contract);
END;

-- UNVERIFIED: the texts of the refusals and the columns of the item's CO detail.
CREATE TRIGGER btJCOIi AFTER INSERT ON JCOI
BEGIN
  SELECT RAISE(ROLLBACK, 'Invalid Change Order - cannot insert Change Order Item!')
  WHERE NOT EXISTS (SELECT 1 FROM JCOH AS o WHERE o.JCCo = NEW.JCCo AND o.Job = NEW.Job AND o.ACO = NEW.ACO);

  SELECT RAISE(ROLLBACK, 'Invalid Contract Item - cannot insert Change Order Item!')
  WHERE NOT EXISTS (SELECT 1 FROM bJCCI AS i WHERE i.JCCo = NEW.JCCo AND i.Contract = NEW.Contract AND i.Item = NEW.Item);

  -- The revenue part; zero for a move inside the budget.
  UPDATE bJCCI SET ContractAmt = @t2(@n2(ContractAmt) + @n2(NEW.ContractAmt))
  WHERE JCCo = NEW.JCCo AND Contract = NEW.Contract AND Item = NEW.Item AND @n2(NEW.ContractAmt) <> 0;

  INSERT INTO bspHQTCNextTrans (TableName, Co, Mth)
  SELECT 'bJCID', NEW.JCCo, @date(NEW.ApprovedMonth) WHERE @n2(NEW.ContractAmt) <> 0;

  INSERT INTO bJCID (JCCo, Mth, ItemTrans, Contract, Item, JCTransType, TransSource, PostedDate, ContractAmt)
  SELECT NEW.JCCo, t.Mth, t.LastTrans, NEW.Contract, NEW.Item, 'CO', 'JC ChngOrd', @date(date('now', 'localtime')),
         @t2(@n2(NEW.ContractAmt))
  FROM bHQTC AS t
  WHERE t.TableName = 'bJCID' AND t.Co = NEW.JCCo AND t.Mth = @date(NEW.ApprovedMonth) AND @n2(NEW.ContractAmt) <> 0;
END;

-- Adds a missing phase and cost type, lock or not; then the detail raises the current estimate, never the original.
CREATE TRIGGER btJCODi AFTER INSERT ON JCOD
BEGIN
  INSERT INTO bspJCADDPHASE_JCOD (JCCo, Job, PhaseGroup, Phase, Override)
  VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, 'Y');

  INSERT INTO bspJCADDCOSTTYPE_JCOD (JCCo, Job, PhaseGroup, Phase, CostType, UM, Override)
  VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, NEW.CostType, NEW.UM, 'Y');

  INSERT INTO bspHQTCNextTrans (TableName, Co, Mth) VALUES ('bJCCD', NEW.JCCo, @date(NEW.MonthAdded));

  INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source,
                     UM, PostedUM, EstHours, EstUnits, EstCost, ACO, ACOItem)
  SELECT NEW.JCCo, t.Mth, t.LastTrans, NEW.Job, NEW.PhaseGroup, NEW.Phase, NEW.CostType, @date(date('now', 'localtime')), t.Mth,
         'CO', 'JC ChngOrd', NEW.UM, NEW.UM, @t2(@n2(NEW.EstHours)), @t3(@n3(NEW.EstUnits)), @t2(@n2(NEW.EstCost)),
         NEW.ACO, NEW.ACOItem
  FROM bHQTC AS t
  WHERE t.TableName = 'bJCCD' AND t.Co = NEW.JCCo AND t.Mth = @date(NEW.MonthAdded);
END;

-- Audit of new change orders, when the company audits them. UNVERIFIED: the form of KeyString, and that it is one row each.
CREATE TRIGGER btJCOHi_audit AFTER INSERT ON JCOH
BEGIN
  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  SELECT 'bJCOH', {order_key}, NEW.JCCo, 'A' FROM bJCCO AS c WHERE c.JCCo = NEW.JCCo AND c.AuditChngOrders = 'Y';
END;

CREATE TRIGGER btJCOIi_audit AFTER INSERT ON JCOI
BEGIN
  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  SELECT 'bJCOI', {order_key} || ' ACOItem: ' || NEW.ACOItem, NEW.JCCo, 'A'
  FROM bJCCO AS c WHERE c.JCCo = NEW.JCCo AND c.AuditChngOrders = 'Y';
END;

CREATE TRIGGER btJCODi_audit AFTER INSERT ON JCOD
BEGIN
  INSERT INTO sandbox_audit (TableName, KeyString, Co, RecType)
  SELECT 'bJCOD', {order_key} || ' ACOItem: ' || NEW.ACOItem || ' Phase: ' || NEW.Phase || ' CostType: ' || NEW.CostType,
         NEW.JCCo, 'A'
  FROM bJCCO AS c WHERE c.JCCo = NEW.JCCo AND c.AuditChngOrders = 'Y';
END;

-- UNVERIFIED: the facts do not hold what Vista does to posted detail when a change order is changed or deleted.
CREATE TRIGGER btJCODu AFTER UPDATE OF EstHours, EstUnits, EstCost, UM, MonthAdded ON JCOD
WHEN (SELECT is_respelling FROM sandbox_state) = 0
BEGIN
  SELECT RAISE(ROLLBACK, 'The sandbox does not know what Vista posts when change order detail changes: add another change order.');
END;

CREATE TRIGGER btJCODd AFTER DELETE ON JCOD
BEGIN
  SELECT RAISE(ROLLBACK, 'The sandbox does not know what Vista posts when change order detail is deleted: add another change order.');
END;
