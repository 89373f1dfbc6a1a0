"""A key belongs to a person, with whom it is one to four eyes; consent is given by people, never with a key."""

from django.db import migrations, models

OWNERS = """
CREATE FUNCTION mdm_person_behind(actor text) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT nullif(owner, '') FROM mdm_apikey WHERE 'api:' || prefix = actor), actor)
$$;

CREATE OR REPLACE FUNCTION mdm_refuse_own_consent() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part mdm_changepart;
    proposer text;
BEGIN
    SELECT * INTO part FROM mdm_changepart WHERE id = NEW.part_id;
    SELECT proposed_by INTO proposer FROM mdm_changerequest WHERE id = part.change_request_id;
    IF NEW.approved_by IN ('', mdm_person_behind(proposer), mdm_person_behind(part.edited_by)) THEN
        RAISE EXCEPTION 'change part %: approver is proposer or last editor', part.id USING ERRCODE = 'check_violation';
    END IF;
    IF starts_with(NEW.approved_by, 'api:') OR starts_with(NEW.approved_by, 'system:') THEN
        RAISE EXCEPTION 'change part %: only people consent', part.id USING ERRCODE = 'check_violation';
    END IF;
    IF part.state <> 'open' OR NEW.payload_hash <> part.payload_hash OR NEW.place >= jsonb_array_length(part.consents) THEN
        RAISE EXCEPTION 'change part %: nobody asks for this consent', part.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION mdm_refuse_other_owner() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.owner, NEW.prefix) IS DISTINCT FROM (OLD.owner, OLD.prefix) THEN
        RAISE EXCEPTION 'key %: it signs what was done with it; revoke it', OLD.prefix USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER key_and_owner_stay BEFORE UPDATE OR DELETE ON mdm_apikey
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_other_owner();
"""
UNDO_OWNERS = """
DROP TRIGGER key_and_owner_stay ON mdm_apikey;
DROP FUNCTION mdm_refuse_other_owner;

CREATE OR REPLACE FUNCTION mdm_refuse_own_consent() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part mdm_changepart;
    proposer text;
BEGIN
    SELECT * INTO part FROM mdm_changepart WHERE id = NEW.part_id;
    SELECT proposed_by INTO proposer FROM mdm_changerequest WHERE id = part.change_request_id;
    IF NEW.approved_by IN ('', proposer, part.edited_by) THEN
        RAISE EXCEPTION 'change part %: approver is proposer or last editor', part.id USING ERRCODE = 'check_violation';
    END IF;
    IF part.state <> 'open' OR NEW.payload_hash <> part.payload_hash OR NEW.place >= jsonb_array_length(part.consents) THEN
        RAISE EXCEPTION 'change part %: nobody asks for this consent', part.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

DROP FUNCTION mdm_person_behind;
"""


class Migration(migrations.Migration):
    dependencies = [("mdm", "0021_functions_name_their_schema")]
    operations = [
        migrations.AddField(
            model_name="apikey",
            name="owner",
            field=models.CharField(
                blank=True,
                default="",
                help_text="User name of who answers for it: to four eyes both are one person.",
                max_length=150,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(OWNERS, UNDO_OWNERS),
    ]
