"""What is erased gets nothing new, and its neighbors' history does not tell what it said."""

from django.db import migrations

# The version that a neighbor has now may be the one it had with the erased record: the values in it are the neighbor's
# own, but its lineage names the values that lost.
LINEAGE = """
CREATE FUNCTION mdm_erase_from_lineage(p_goldens bigint[], p_sources bigint[]) RETURNS bigint[] LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    versions bigint[];
BEGIN
    IF p_goldens IS NULL OR p_sources IS NULL OR EXISTS (
            SELECT FROM unnest(p_sources) given WHERE NOT EXISTS (
                SELECT FROM mdm_crosswalkentry entry JOIN mdm_goldenrecord golden ON golden.id = entry.golden_record_id
                WHERE entry.source_record_id = given AND golden.id = ANY(p_goldens) AND golden.status = 'erased')) THEN
        RAISE EXCEPTION 'erasure: a source record is not erased' USING ERRCODE = 'check_violation';
    END IF;
    WITH cut AS (
        UPDATE mdm_historicalgoldenrecord version SET lineage = '{}'
        WHERE version.id <> ALL(p_goldens) AND version.lineage <> '{}' AND EXISTS (
            SELECT FROM mdm_crosswalkentry entry
            WHERE entry.source_record_id = ANY(p_sources) AND entry.golden_record_id = version.id
                AND version.history_date >= entry.linked_at
                AND version.history_date < coalesce(entry.unlinked_at, 'infinity'))
        RETURNING version.history_id)
        SELECT coalesce(array_agg(history_id), '{}') INTO versions FROM cut;
    RETURN versions;
END $$;

REVOKE ALL ON FUNCTION mdm_erase_from_lineage FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mdm_erase_from_lineage TO assay_app;
"""
UNDO_LINEAGE = "DROP FUNCTION mdm_erase_from_lineage"

# The lock waits for an erasure under way, and then sees what it left. Entries come by the ten thousand: read as a set.
NOTHING_NEW = """
CREATE FUNCTION mdm_refuse_about_erased_golden_record() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    told text;
BEGIN
    SELECT status INTO told FROM mdm_goldenrecord WHERE id = NEW.golden_record_id FOR KEY SHARE;
    IF told = 'erased' THEN
        RAISE EXCEPTION 'golden record % is erased', NEW.golden_record_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nothing_is_proposed_for_the_erased BEFORE INSERT ON mdm_changerequest
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_about_erased_golden_record();

CREATE FUNCTION mdm_refuse_about_erased_source_record() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone timestamptz;
BEGIN
    SELECT erased_at INTO gone FROM mdm_sourcerecord WHERE id = NEW.source_record_id FOR KEY SHARE;
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'source record % is erased', NEW.source_record_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nothing_is_pinned_on_the_erased BEFORE INSERT ON mdm_attributepin
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_about_erased_source_record();

CREATE FUNCTION mdm_refuse_to_place_the_erased() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN mdm_sourcerecord source ON source.id = added.source_record_id
            WHERE source.erased_at IS NOT NULL AND added.unlinked_at IS NULL) THEN
        RAISE EXCEPTION 'an erased source record is placed nowhere' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER the_erased_is_placed_nowhere AFTER INSERT ON mdm_crosswalkentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION mdm_refuse_to_place_the_erased();
"""
UNDO_NOTHING_NEW = """
DROP TRIGGER the_erased_is_placed_nowhere ON mdm_crosswalkentry;
DROP TRIGGER nothing_is_pinned_on_the_erased ON mdm_attributepin;
DROP TRIGGER nothing_is_proposed_for_the_erased ON mdm_changerequest;
DROP FUNCTION mdm_refuse_to_place_the_erased;
DROP FUNCTION mdm_refuse_about_erased_source_record;
DROP FUNCTION mdm_refuse_about_erased_golden_record;
"""


class Migration(migrations.Migration):
    dependencies = [("mdm", "0022_keys_have_owners")]

    operations = [
        migrations.RunSQL(LINEAGE, UNDO_LINEAGE),
        migrations.RunSQL(NOTHING_NEW, UNDO_NOTHING_NEW),
    ]
