-- A customer's own trigger on bJCCH, which updates the row that was just written (facts 1.2). Variant site_trigger.
CREATE TRIGGER dbo.mtrJCCH_touched_i ON dbo.bJCCH AFTER INSERT AS
BEGIN
  SET NOCOUNT ON;
  UPDATE h SET udEstimateTouchedBy = l.VPUserName
  FROM dbo.bJCCH AS h
  JOIN inserted AS i ON i.KeyID = h.KeyID
  CROSS JOIN dbo.sandbox_login AS l;
END;
GO

CREATE TRIGGER dbo.mtrJCCH_touched_u ON dbo.bJCCH AFTER UPDATE AS
BEGIN
  SET NOCOUNT ON;
  IF NOT (UPDATE(OrigHours) OR UPDATE(OrigUnits) OR UPDATE(OrigCost)) RETURN;
  UPDATE h SET udEstimateTouchedBy = l.VPUserName
  FROM dbo.bJCCH AS h
  JOIN inserted AS i ON i.KeyID = h.KeyID
  CROSS JOIN dbo.sandbox_login AS l;
END;
GO
