-- The cost header's insert trigger is switched off. Variant trigger_disabled.
DISABLE TRIGGER dbo.btJCCHi ON dbo.bJCCH;
GO
