-- A customer's own trigger on JCCH, which updates the row that was just written (facts 1.2). Variant site_trigger.
CREATE TRIGGER mtrJCCH_touched_i AFTER INSERT ON JCCH
BEGIN
  UPDATE JCCH SET udEstimateTouchedBy = (SELECT VPUserName FROM sandbox_login) WHERE KeyID = NEW.KeyID;
END;

CREATE TRIGGER mtrJCCH_touched_u AFTER UPDATE OF OrigHours, OrigUnits, OrigCost ON JCCH
BEGIN
  UPDATE JCCH SET udEstimateTouchedBy = (SELECT VPUserName FROM sandbox_login) WHERE KeyID = NEW.KeyID;
END;
