-- The cost header's insert trigger is switched off; SQLite knows no disabled ones. Variant trigger_disabled.
DROP TRIGGER btJCCHi;
