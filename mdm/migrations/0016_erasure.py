"""Erasure: the one function that may take values out of what is only added to, and entries that keep them out."""

from django.db import migrations, models

# A placeholder that anybody can set counts only while a function of the owner runs.
ERASING = """
CREATE FUNCTION mdm_is_erasing() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('assay.erasing', true), '') = 'on'
        AND current_user = pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid = 'mdm_goldenrecord'::regclass))
$$;

DROP TRIGGER what_is_applied_was_approved ON mdm_changepart;
CREATE TRIGGER what_is_applied_was_approved BEFORE INSERT OR UPDATE ON mdm_changepart
    FOR EACH ROW WHEN (NOT mdm_is_erasing()) EXECUTE FUNCTION mdm_refuse_without_consent();

CREATE TRIGGER erased_golden_record_stays BEFORE UPDATE ON mdm_goldenrecord
    FOR EACH ROW WHEN (OLD.status = 'erased') EXECUTE FUNCTION mdm_refuse_to_rewrite();
CREATE TRIGGER erased_source_record_stays BEFORE UPDATE ON mdm_sourcerecord
    FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION mdm_refuse_to_rewrite();
"""
UNDO_ERASING = """
DROP TRIGGER erased_source_record_stays ON mdm_sourcerecord;
DROP TRIGGER erased_golden_record_stays ON mdm_goldenrecord;
DROP TRIGGER what_is_applied_was_approved ON mdm_changepart;
CREATE TRIGGER what_is_applied_was_approved
    BEFORE INSERT OR UPDATE ON mdm_changepart FOR EACH ROW EXECUTE FUNCTION mdm_refuse_without_consent();
DROP FUNCTION mdm_is_erasing;
"""

# mdm_reassignment and mdm_reopeningcondition come with 0020: a body is looked up when it runs.
# Rows stay, so that no id dangles. A hash becomes SHA-256 over a keyed salt and itself, the same wherever it stands.
ERASE = """
CREATE FUNCTION mdm_erase(
    p_goldens bigint[], p_sources bigint[], p_salt bytea, p_marks text[], p_by text, p_at timestamptz
) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    pairs bigint[];
    requests bigint[];
    pins bigint[];
    decisions bigint[];
    conditions bigint[];
    words bigint[];
    quarantined bigint[];
    versions bigint[];
    payloads bigint[] := '{}';
    answers bigint[] := '{}';
    details bigint[] := '{}';
BEGIN
    IF octet_length(p_salt) IS DISTINCT FROM 32 OR coalesce(cardinality(p_goldens), 0) = 0 OR p_sources IS NULL
            OR p_at IS NULL OR coalesce(p_by, '') = '' THEN
        RAISE EXCEPTION 'erasure: arguments are missing' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM unnest(p_goldens) given LEFT JOIN mdm_goldenrecord golden ON golden.id = given
            WHERE golden.status IS DISTINCT FROM 'erased' OR golden.document->'attributes' IS DISTINCT FROM '{}') THEN
        RAISE EXCEPTION 'erasure: a golden record has no erased version' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM unnest(p_sources) given WHERE NOT EXISTS (
                SELECT FROM mdm_crosswalkentry WHERE source_record_id = given AND golden_record_id = ANY(p_goldens)))
            OR EXISTS (SELECT FROM mdm_crosswalkentry WHERE source_record_id = ANY(p_sources)
                AND unlinked_at IS NULL AND golden_record_id <> ALL(p_goldens)) THEN
        RAISE EXCEPTION 'erasure: a source record belongs elsewhere' USING ERRCODE = 'check_violation';
    END IF;

    PERFORM set_config('assay.erasing', 'on', true);
    SELECT coalesce(array_agg(id), '{}') INTO pairs FROM mdm_candidatepair
        WHERE left_id = ANY(p_sources) OR right_id = ANY(p_sources);
    SELECT coalesce(array_agg(id), '{}') INTO requests FROM mdm_changerequest
        WHERE golden_record_id = ANY(p_goldens) OR source_record_id = ANY(p_sources);
    SELECT coalesce(array_agg(id), '{}') INTO pins FROM mdm_attributepin
        WHERE source_record_id = ANY(p_sources) OR change_request_id = ANY(requests);
    SELECT coalesce(array_agg(id), '{}') INTO decisions FROM mdm_matchdecision
        WHERE left_id = ANY(p_sources) OR right_id = ANY(p_sources);
    SELECT coalesce(array_agg(id), '{}') INTO conditions FROM mdm_reopeningcondition
        WHERE unit IN (SELECT unit FROM mdm_matchdecision WHERE id = ANY(decisions));
    SELECT coalesce(array_agg(id), '{}') INTO words FROM mdm_reassignment
        WHERE source_record_id = ANY(p_sources) OR to_record_id = ANY(p_sources);
    -- An entry without a key is recognized by a mail address or number; with another's key it is another's.
    SELECT coalesce(array_agg(id), '{}') INTO quarantined FROM mdm_quarantineentry entry
        WHERE EXISTS (SELECT FROM mdm_sourcerecord source WHERE source.id = ANY(p_sources)
                AND (source.source_system_id, source.entity_type, source.key)
                    = (entry.source_system_id, entry.entity_type, entry.key))
            OR (entry.key = '' AND EXISTS (
                SELECT FROM unnest(p_marks) mark WHERE strpos(entry.payload::text, mark) > 0));
    IF EXISTS (SELECT FROM mdm_reassignment WHERE source_record_id = ANY(p_sources) AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'erasure: a source record still says something of another' USING ERRCODE = 'check_violation';
    END IF;
    -- Their own versions, and those of others from the time when one of the source records was linked there, or said
    -- something there by the word of a steward.
    SELECT coalesce(array_agg(DISTINCT version.history_id), '{}') INTO versions FROM mdm_historicalgoldenrecord version
        WHERE version.id = ANY(p_goldens) OR EXISTS (
            SELECT FROM mdm_crosswalkentry entry JOIN mdm_goldenrecord golden ON golden.id = entry.golden_record_id
            WHERE entry.source_record_id = ANY(p_sources) AND entry.golden_record_id = version.id
                AND version.version < golden.version AND version.history_date >= entry.linked_at
                AND version.history_date < coalesce(entry.unlinked_at, 'infinity'))
        OR EXISTS (
            SELECT FROM mdm_reassignment word JOIN mdm_crosswalkentry entry ON entry.source_record_id = word.to_record_id
            JOIN mdm_goldenrecord golden ON golden.id = entry.golden_record_id
            WHERE word.source_record_id = ANY(p_sources) AND word.kind = 'item' AND golden.id = version.id
                AND version.version < golden.version
                AND version.history_date >= greatest(word.decided_at, entry.linked_at)
                AND version.history_date < least(word.closed_at, coalesce(entry.unlinked_at, 'infinity')));

    UPDATE mdm_historicalgoldenrecord SET title = '', lineage = '{}', history_change_reason = NULL,
        document = jsonb_set(document - 'corrections', '{attributes}', '{}') WHERE history_id = ANY(versions);
    UPDATE mdm_outboxmessage message SET body = convert_to(version.document::text, 'UTF8'),
        body_hash = sha256(p_salt || message.body_hash)
        FROM mdm_historicalgoldenrecord version JOIN mdm_goldenrecord golden ON golden.id = version.id
        WHERE version.history_id = ANY(versions) AND message.golden_record_id = version.id
            AND message.version = version.version AND version.version < golden.version;
    DELETE FROM mdm_customer WHERE golden_record_id = ANY(p_goldens);
    DELETE FROM mdm_scopemembership WHERE golden_record_id = ANY(p_goldens);
    DELETE FROM mdm_hierarchyedge WHERE golden_record_id = ANY(p_goldens);

    DELETE FROM mdm_candidatepair WHERE id = ANY(pairs);
    DELETE FROM mdm_rolloutpair WHERE left_id = ANY(p_sources) OR right_id = ANY(p_sources);
    DELETE FROM mdm_rolloutrecord WHERE source_record_id = ANY(p_sources);
    DELETE FROM mdm_blockingkey WHERE source_record_id = ANY(p_sources);
    DELETE FROM mdm_sourcereference WHERE source_record_id = ANY(p_sources);
    UPDATE mdm_matchdecision SET reason = '', closed_at = coalesce(closed_at, p_at),
        closed_by = CASE WHEN closed_at IS NULL THEN p_by ELSE closed_by END WHERE id = ANY(decisions);
    -- What is left of a decision about others is watched on: its steward is asked anew.
    UPDATE mdm_reopeningcondition SET seen_hash = sha256(p_salt || seen_hash), met_at = NULL WHERE id = ANY(conditions);
    UPDATE mdm_reopeningcondition condition SET closed_at = p_at, closed_by = p_by
        WHERE id = ANY(conditions) AND closed_at IS NULL AND NOT EXISTS (
            SELECT FROM mdm_matchdecision decision WHERE decision.unit = condition.unit AND decision.closed_at IS NULL);
    -- What others say of the erased stays said of them, so that it does not come back elsewhere.
    UPDATE mdm_reassignment SET reason = '', key = CASE WHEN source_record_id = ANY(p_sources) THEN '' ELSE key END
        WHERE id = ANY(words);
    UPDATE mdm_crosswalkentry SET unlinked_at = p_at WHERE source_record_id = ANY(p_sources) AND unlinked_at IS NULL;

    UPDATE mdm_changerequest SET reason = '', payload_hash = sha256(p_salt || payload_hash),
        state = CASE state WHEN 'open' THEN 'withdrawn' ELSE state END WHERE id = ANY(requests);
    UPDATE mdm_approval SET reason = '', payload_hash = sha256(p_salt || payload_hash) WHERE part_id IN (
        SELECT id FROM mdm_changepart WHERE change_request_id = ANY(requests));
    UPDATE mdm_changepart SET value = NULL, payload_hash = sha256(p_salt || payload_hash), decision_reason = '',
        decided_at = coalesce(decided_at, p_at),
        decided_by = CASE state WHEN 'open' THEN p_by ELSE decided_by END,
        state = CASE state WHEN 'open' THEN 'withdrawn' ELSE state END WHERE change_request_id = ANY(requests);
    UPDATE mdm_changecomment SET text = '' WHERE change_request_id = ANY(requests);
    UPDATE mdm_attributepin SET value = NULL, reason = '', beneath_hash = sha256(p_salt || beneath_hash),
        state = CASE WHEN closed_at IS NULL THEN 'released' ELSE state END,
        closed_by = CASE WHEN closed_at IS NULL THEN p_by ELSE closed_by END, closed_at = coalesce(closed_at, p_at)
        WHERE id = ANY(pins);

    UPDATE mdm_quarantineentry SET payload = '{}', problems = '[]', key = '',
        payload_hash = sha256(p_salt || payload_hash), closed_at = coalesce(closed_at, p_at),
        state = CASE state WHEN 'open' THEN 'discarded' ELSE state END WHERE id = ANY(quarantined);
    WITH blanked AS (UPDATE mdm_sourcepayload SET payload = '{}', payload_hash = sha256(p_salt || payload_hash)
        WHERE source_record_id = ANY(p_sources) RETURNING id)
        SELECT coalesce(array_agg(id), '{}') INTO payloads FROM blanked;
    UPDATE mdm_remoterecord SET sent = '{}', remote_version = '',
        key = CASE WHEN gone_at IS NULL THEN key ELSE 'erased-' || id END WHERE golden_record_id = ANY(p_goldens);
    UPDATE mdm_sourcerecord SET key = 'erased-' || id, payload = '{}', canonical = '{}', accepted = '{}',
        payload_hash = sha256(p_salt || payload_hash), value_hash = sha256(p_salt || value_hash),
        source_modified_at = NULL, pending_since = NULL, tombstoned_at = coalesce(tombstoned_at, p_at),
        erased_at = p_at WHERE id = ANY(p_sources);

    WITH gone AS (DELETE FROM mdm_idempotentanswer answer WHERE EXISTS (SELECT FROM unnest(p_marks) mark
            WHERE strpos(convert_from(answer.body, 'UTF8') || answer.headers::text, mark) > 0) RETURNING id)
        SELECT coalesce(array_agg(id), '{}') INTO answers FROM gone;
    WITH gone AS (DELETE FROM mdm_auditdetail detail USING mdm_auditentry entry
        WHERE entry.id = detail.entry_id AND (
            (entry.subject_type = 'golden_record' AND entry.subject_id = ANY(p_goldens))
            OR (entry.subject_type = 'source_record' AND entry.subject_id = ANY(p_sources))
            OR (entry.subject_type = 'change_request' AND entry.subject_id = ANY(requests))
            OR (entry.subject_type = 'attribute_pin' AND entry.subject_id = ANY(pins))
            OR (entry.subject_type = 'match_decision' AND entry.subject_id = ANY(decisions))
            OR (entry.action = 'golden_record.unmerged' AND entry.subject_id IN (
                SELECT golden_record_id FROM mdm_crosswalkentry WHERE source_record_id = ANY(p_sources)))
            OR (entry.subject_type = 'quarantine_entry' AND entry.subject_id = ANY(quarantined))
        ) RETURNING detail.id) SELECT coalesce(array_agg(id), '{}') INTO details FROM gone;

    PERFORM set_config('assay.erasing', '', true);
    RETURN jsonb_build_object('golden_versions', versions, 'source_records', p_sources, 'earlier_payloads', payloads,
        'candidate_pairs', pairs, 'match_decisions', decisions, 'reopening_conditions', conditions,
        'reassignments', words, 'change_requests', requests, 'pins', pins,
        'quarantine_entries', quarantined, 'kept_answers', answers, 'audit_details', details);
END $$;

REVOKE ALL ON FUNCTION mdm_erase FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mdm_erase TO assay_app;
REVOKE UPDATE, DELETE, TRUNCATE ON mdm_suppressionentry FROM assay_app;
"""
UNDO_ERASE = "DROP FUNCTION mdm_erase"

STATUSES = [("active", "Active"), ("merged", "Merged"), ("retired", "Retired"), ("erased", "Erased")]


class Migration(migrations.Migration):
    dependencies = [("mdm", "0015_rollouts")]

    operations = [
        migrations.CreateModel(
            name="SuppressionEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("commitment", models.BinaryField(max_length=32, unique=True)),
                ("entity_type", models.CharField(max_length=40)),
                ("suppressed_at", models.DateTimeField()),
            ],
            options={"verbose_name_plural": "suppression entries"},
        ),
        migrations.AddField(
            model_name="sourcerecord", name="erased_at", field=models.DateTimeField(blank=True, null=True)
        ),
        *(
            migrations.AlterField(
                model_name=name,
                name="status",
                field=models.CharField(choices=STATUSES, default="active", max_length=10),
            )
            for name in ("goldenrecord", "historicalgoldenrecord")
        ),
        migrations.RunSQL(ERASING, UNDO_ERASING),
        migrations.RunSQL(ERASE, UNDO_ERASE),
    ]
