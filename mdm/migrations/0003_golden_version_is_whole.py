"""No golden version without its history row, outbox message and audit entry; versions are unique and never rewritten."""

from django.db import migrations

UNIQUE_VERSION = """
CREATE UNIQUE INDEX golden_version_is_unique ON mdm_historicalgoldenrecord (id, version);
CREATE UNIQUE INDEX feed_position_is_unique ON mdm_historicalgoldenrecord (feed_position) WHERE feed_position IS NOT NULL;
CREATE INDEX versions_without_feed_position ON mdm_historicalgoldenrecord (history_id) WHERE feed_position IS NULL;
CREATE INDEX audit_entries_of_versions ON mdm_auditentry (subject_id, subject_version)
    WHERE action = 'golden_version.published';
"""

# Deferred to the commit, so that the rows may be written in any order; read again there, because a record written twice in
# one transaction is judged by what it is in the end.
TRIGGER = """
CREATE FUNCTION mdm_refuse_half_a_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present integer;
BEGIN
    SELECT version INTO present FROM mdm_goldenrecord WHERE id = NEW.id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM mdm_historicalgoldenrecord WHERE id = NEW.id AND version = present) THEN
        RAISE EXCEPTION 'golden record % version % has no history row', NEW.id, present USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM mdm_outboxmessage WHERE golden_record_id = NEW.id AND version = present) THEN
        RAISE EXCEPTION 'golden record % version % has no outbox message', NEW.id, present USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM mdm_auditentry
        WHERE action = 'golden_version.published' AND subject_id = NEW.id AND subject_version = present
    ) THEN
        RAISE EXCEPTION 'golden record % version % has no audit entry', NEW.id, present USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER golden_version_is_whole
    AFTER INSERT OR UPDATE OF version, document, status ON mdm_goldenrecord
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_half_a_version();

CREATE FUNCTION mdm_refuse_silent_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version < OLD.version OR (NEW.version = OLD.version AND NEW.document IS DISTINCT FROM OLD.document) THEN
        RAISE EXCEPTION 'golden record %: a changed document needs the next version', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER changed_document_needs_a_version
    BEFORE UPDATE OF version, document ON mdm_goldenrecord
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_silent_change();
"""

UNDO_TRIGGER = """
DROP TRIGGER changed_document_needs_a_version ON mdm_goldenrecord;
DROP FUNCTION mdm_refuse_silent_change;
DROP TRIGGER golden_version_is_whole ON mdm_goldenrecord;
DROP FUNCTION mdm_refuse_half_a_version;
"""


class Migration(migrations.Migration):
    dependencies = [("mdm", "0002_tables")]
    operations = [
        migrations.RunSQL(
            UNIQUE_VERSION,
            "DROP INDEX audit_entries_of_versions, versions_without_feed_position, feed_position_is_unique, golden_version_is_unique",
        ),
        migrations.RunSQL(TRIGGER, UNDO_TRIGGER),
    ]
