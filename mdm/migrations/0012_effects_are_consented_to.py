"""What a value becomes and how long it is pinned belong to what was consented to: neither changes in silence."""

from django.db import migrations

GUARDS = """
CREATE OR REPLACE FUNCTION mdm_refuse_without_consent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given integer;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state <> 'open' THEN
            RAISE EXCEPTION 'change part %: it is decided already', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.change_request_id <> OLD.change_request_id OR NEW.attribute <> OLD.attribute THEN
            RAISE EXCEPTION 'change part %: it stays what it is about', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.revision = OLD.revision AND (NEW.value, NEW.effect, NEW.payload_hash, NEW.edited_by, NEW.consents)
                IS DISTINCT FROM (OLD.value, OLD.effect, OLD.payload_hash, OLD.edited_by, OLD.consents) THEN
            RAISE EXCEPTION 'change part %: an edit needs the next revision', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.revision <> OLD.revision AND (NEW.state <> 'open' OR NEW.payload_hash = OLD.payload_hash) THEN
            RAISE EXCEPTION 'change part %: an edit is consented to anew', OLD.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.state = 'applied' THEN
        SELECT count(*) INTO given FROM mdm_approval WHERE part_id = NEW.id AND payload_hash = NEW.payload_hash;
        IF given < jsonb_array_length(NEW.consents) THEN
            RAISE EXCEPTION 'change part %: consent is missing', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION mdm_refuse_other_proposer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.proposed_by, NEW.golden_record_id, NEW.source_record_id, NEW.origin_system, NEW.pin_until)
            IS DISTINCT FROM (OLD.proposed_by, OLD.golden_record_id, OLD.source_record_id, OLD.origin_system, OLD.pin_until) THEN
        RAISE EXCEPTION 'change request %: its proposer, its records and the end of its pins stay', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
GUARDS_BEFORE = """
CREATE OR REPLACE FUNCTION mdm_refuse_without_consent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given integer;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state <> 'open' THEN
            RAISE EXCEPTION 'change part %: it is decided already', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.change_request_id <> OLD.change_request_id OR NEW.attribute <> OLD.attribute THEN
            RAISE EXCEPTION 'change part %: it stays what it is about', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.revision = OLD.revision AND (NEW.value, NEW.payload_hash, NEW.edited_by, NEW.consents)
                IS DISTINCT FROM (OLD.value, OLD.payload_hash, OLD.edited_by, OLD.consents) THEN
            RAISE EXCEPTION 'change part %: an edit needs the next revision', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.revision <> OLD.revision AND (NEW.state <> 'open' OR NEW.payload_hash = OLD.payload_hash) THEN
            RAISE EXCEPTION 'change part %: an edit is consented to anew', OLD.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.state = 'applied' THEN
        SELECT count(*) INTO given FROM mdm_approval WHERE part_id = NEW.id AND payload_hash = NEW.payload_hash;
        IF given < jsonb_array_length(NEW.consents) THEN
            RAISE EXCEPTION 'change part %: consent is missing', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION mdm_refuse_other_proposer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.proposed_by <> OLD.proposed_by OR NEW.golden_record_id <> OLD.golden_record_id THEN
        RAISE EXCEPTION 'change request %: its proposer and record stay', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("mdm", "0011_declared_attributes")]
    operations = [migrations.RunSQL(GUARDS, GUARDS_BEFORE)]
