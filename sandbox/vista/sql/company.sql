-- Transaction numbers and audit rows.

-- bspHQTCNextTrans: the next number of a table, company and month is LastTrans after the call (facts 2.8).
CREATE VIEW bspHQTCNextTrans AS SELECT NULL AS TableName, NULL AS Co, NULL AS Mth WHERE 0;

CREATE TRIGGER bspHQTCNextTrans_run INSTEAD OF INSERT ON bspHQTCNextTrans
BEGIN
  INSERT INTO bHQTC (TableName, Co, Mth, LastTrans)
  SELECT NEW.TableName, NEW.Co, NEW.Mth, 0
  WHERE NOT EXISTS (SELECT 1 FROM bHQTC AS t WHERE t.TableName = NEW.TableName AND t.Co = NEW.Co AND t.Mth = NEW.Mth);

  UPDATE bHQTC SET LastTrans = LastTrans + 1 WHERE TableName = NEW.TableName AND Co = NEW.Co AND Mth = NEW.Mth;
END;

-- One audit row by the connected login. UNVERIFIED: the exact form of KeyString.
CREATE VIEW sandbox_audit AS
SELECT NULL AS TableName, NULL AS KeyString, NULL AS Co, NULL AS RecType, NULL AS FieldName, NULL AS OldValue, NULL AS NewValue
WHERE 0;

CREATE TRIGGER sandbox_audit_run INSTEAD OF INSERT ON sandbox_audit
BEGIN
  INSERT INTO bHQMA (TableName, KeyString, Co, RecType, FieldName, OldValue, NewValue, DateTime, UserName)
  VALUES (NEW.TableName, NEW.KeyString, NEW.Co, NEW.RecType, NEW.FieldName, NEW.OldValue, NEW.NewValue,
          strftime('%Y-%m-%d %H:%M:%f000', 'now', 'localtime'), (SELECT VPUserName FROM sandbox_login));
END;
