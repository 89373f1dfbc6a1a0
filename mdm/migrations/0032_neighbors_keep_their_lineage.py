"""Erasure takes out of a neighbor's lineage what the erased records gave, and leaves what others gave."""

from django.db import migrations

# Of each attribute: nothing where an erased record gave the value, else without its items and what it lost. What it
# might have said beneath a pin, or behind a value that stands, goes as a whole.
OWN_LINEAGE = """
CREATE FUNCTION mdm_lineage_without(p_lineage jsonb, p_sources bigint[]) RETURNS jsonb LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(told.key, kept.lineage), '{}')
    FROM jsonb_each(p_lineage) told,
    LATERAL (SELECT told.value || jsonb_build_object('losers', coalesce((
            SELECT jsonb_agg(loser.value ORDER BY loser.ordinality)
            FROM jsonb_array_elements(told.value->'losers') WITH ORDINALITY loser
            WHERE (loser.value->>'source_record_id')::bigint <> ALL(p_sources)), '[]'))
        || CASE WHEN told.value ? 'items' THEN jsonb_build_object('items', coalesce((
            SELECT jsonb_agg(item.value || jsonb_build_object('losers', coalesce((
                SELECT jsonb_agg(loser.value ORDER BY loser.ordinality)
                FROM jsonb_array_elements(item.value->'losers') WITH ORDINALITY loser
                WHERE (loser.value->>'source_record_id')::bigint <> ALL(p_sources)), '[]')) ORDER BY item.ordinality)
            FROM jsonb_array_elements(told.value->'items') WITH ORDINALITY item
            WHERE coalesce((item.value->'winner'->>'source_record_id')::bigint <> ALL(p_sources), true)), '[]'))
            ELSE '{}' END
        || CASE WHEN EXISTS (
            SELECT FROM jsonb_path_query(told.value->'beneath', '$.**.source_record_id') named
            WHERE named::text::bigint = ANY(p_sources))
            THEN '{"beneath": null, "beneath_value": null}'::jsonb ELSE '{}' END AS lineage) kept
    WHERE coalesce((told.value->'winner'->>'source_record_id')::bigint <> ALL(p_sources), true)
$$;

CREATE OR REPLACE FUNCTION mdm_erase_from_lineage(p_goldens bigint[], p_sources bigint[]) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    versions bigint[];
BEGIN
    IF p_goldens IS NULL OR p_sources IS NULL OR EXISTS (
            SELECT FROM unnest(p_sources) given WHERE NOT EXISTS (
                SELECT FROM mdm_crosswalkentry entry JOIN mdm_goldenrecord golden ON golden.id = entry.golden_record_id
                WHERE entry.source_record_id = given AND entry.golden_record_id = ANY(p_goldens)
                    AND golden.status = 'erased')) THEN
        RAISE EXCEPTION 'erasure: a source record is not erased' USING ERRCODE = 'check_violation';
    END IF;
    WITH cut AS (
        UPDATE mdm_historicalgoldenrecord version SET lineage = mdm_lineage_without(version.lineage, p_sources)
        WHERE version.id <> ALL(p_goldens) AND version.lineage <> '{}' AND EXISTS (
            SELECT FROM mdm_crosswalkentry entry
            WHERE entry.source_record_id = ANY(p_sources) AND entry.golden_record_id = version.id
                AND version.history_date >= entry.linked_at
                AND version.history_date < coalesce(entry.unlinked_at, 'infinity'))
        RETURNING version.history_id)
        SELECT coalesce(array_agg(history_id), '{}') INTO versions FROM cut;
    RETURN versions;
END $$;
"""
UNDO_OWN_LINEAGE = """
CREATE OR REPLACE FUNCTION mdm_erase_from_lineage(p_goldens bigint[], p_sources bigint[]) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
DROP FUNCTION mdm_lineage_without;
"""

# What an erased record said may have waited for consent in another golden record that held it for a time.
WAITED = """
CREATE FUNCTION mdm_erase_what_waited(
    p_goldens bigint[], p_sources bigint[], p_salt bytea, p_by text, p_at timestamptz
) RETURNS bigint[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    requests bigint[];
BEGIN
    IF octet_length(p_salt) IS DISTINCT FROM 32 OR p_at IS NULL OR coalesce(p_by, '') = '' OR p_sources IS NULL THEN
        RAISE EXCEPTION 'erasure: arguments are missing' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM unnest(p_sources) given LEFT JOIN mdm_sourcerecord source ON source.id = given
            WHERE source.erased_at IS NULL) THEN
        RAISE EXCEPTION 'erasure: a source record is not erased' USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(array_agg(request.id), '{}') INTO requests FROM mdm_changerequest request
        WHERE request.golden_record_id <> ALL(p_goldens)
            AND EXISTS (SELECT FROM mdm_crosswalkentry entry WHERE entry.source_record_id = ANY(p_sources)
                AND entry.golden_record_id = request.golden_record_id)
            AND EXISTS (SELECT FROM mdm_changepart part WHERE part.change_request_id = request.id
                AND part.effect IN ('survive', 'release'));
    PERFORM set_config('assay.erasing', 'on', true);
    UPDATE mdm_changerequest SET reason = '', payload_hash = sha256(p_salt || payload_hash),
        state = CASE state WHEN 'open' THEN 'withdrawn' ELSE state END WHERE id = ANY(requests);
    UPDATE mdm_approval SET reason = '', payload_hash = sha256(p_salt || payload_hash) WHERE part_id IN (
        SELECT id FROM mdm_changepart WHERE change_request_id = ANY(requests));
    UPDATE mdm_changepart SET value = NULL, payload_hash = sha256(p_salt || payload_hash), decision_reason = '',
        decided_at = coalesce(decided_at, p_at),
        decided_by = CASE state WHEN 'open' THEN p_by ELSE decided_by END,
        state = CASE state WHEN 'open' THEN 'withdrawn' ELSE state END WHERE change_request_id = ANY(requests);
    UPDATE mdm_changecomment SET text = '' WHERE change_request_id = ANY(requests);
    DELETE FROM mdm_auditdetail detail USING mdm_auditentry entry
        WHERE entry.id = detail.entry_id AND entry.subject_type = 'change_request' AND entry.subject_id = ANY(requests);
    PERFORM set_config('assay.erasing', '', true);
    RETURN requests;
END $$;

REVOKE ALL ON FUNCTION mdm_erase_what_waited FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mdm_erase_what_waited TO assay_app;
"""
UNDO_WAITED = "DROP FUNCTION mdm_erase_what_waited"


class Migration(migrations.Migration):
    dependencies = [("mdm", "0031_written_reasons_are_details")]

    operations = [
        migrations.RunSQL(OWN_LINEAGE, UNDO_OWN_LINEAGE),
        migrations.RunSQL(WAITED, UNDO_WAITED),
    ]
