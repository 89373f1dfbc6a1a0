"""Functions find tables where they were made, whatever the session has of that name; published rules stay as they are.

A temporary table comes before one of schema public unless a function says otherwise, and the hub's own role needs
temporary tables for what it writes in bulk.
"""

from django.db import migrations

FUNCTIONS = """
DO $$
DECLARE
    each regprocedure;
BEGIN
    FOR each IN
        SELECT proc.oid FROM pg_proc proc
        WHERE proc.pronamespace = 'public'::regnamespace AND starts_with(proc.proname, 'mdm_')
            AND pg_get_userbyid(proc.proowner) = current_user
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', each);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION mdm_is_erasing() RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(current_setting('assay.erasing', true), '') = 'on'
        AND current_user = pg_get_userbyid(
            (SELECT relowner FROM pg_class WHERE oid = 'public.mdm_goldenrecord'::regclass))
$$;
"""
# `mdm_erase` had its path from the start.
UNDO_FUNCTIONS = """
CREATE OR REPLACE FUNCTION mdm_is_erasing() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('assay.erasing', true), '') = 'on'
        AND current_user = pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid = 'mdm_goldenrecord'::regclass))
$$;

DO $$
DECLARE
    each regprocedure;
BEGIN
    FOR each IN
        SELECT proc.oid FROM pg_proc proc
        WHERE proc.pronamespace = 'public'::regnamespace AND starts_with(proc.proname, 'mdm_')
            AND proc.proname <> 'mdm_erase' AND pg_get_userbyid(proc.proowner) = current_user
    LOOP
        EXECUTE format('ALTER FUNCTION %s RESET search_path', each);
    END LOOP;
END $$;
"""

RULES = """
CREATE FUNCTION mdm_refuse_other_rules() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state IN ('published', 'superseded') AND NEW.state NOT IN ('published', 'superseded') THEN
        RAISE EXCEPTION 'rule set %: it was in force, and is no draft again', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF to_jsonb(NEW) - ARRAY['state', 'published_at', 'published_by']
            IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'published_at', 'published_by'] THEN
        RAISE EXCEPTION 'rule set %: a version never changes; draft another', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.published_at, NEW.published_by) IS DISTINCT FROM (OLD.published_at, OLD.published_by)
            AND (NEW.state <> 'published' OR OLD.state = 'published') THEN
        RAISE EXCEPTION 'rule set %: who published it and when stays', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rule_set_version_stays BEFORE UPDATE ON mdm_ruleset
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_other_rules();
"""
UNDO_RULES = """
DROP TRIGGER rule_set_version_stays ON mdm_ruleset;
DROP FUNCTION mdm_refuse_other_rules;
"""


class Migration(migrations.Migration):
    dependencies = [("mdm", "0020_reassignments_and_reopening")]
    operations = [migrations.RunSQL(FUNCTIONS, UNDO_FUNCTIONS), migrations.RunSQL(RULES, UNDO_RULES)]
