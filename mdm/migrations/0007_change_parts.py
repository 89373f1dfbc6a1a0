"""Change requests by parts: each proposed value is consented to by itself, and the database counts the consents."""

import django.db.models.deletion
from django.db import migrations, models

PARTS_OF_EARLIER_REQUESTS = """
INSERT INTO mdm_changepart (change_request_id, attribute, value, payload_hash, revision, edited_by, edited_at, consents,
                            state, decided_by, decided_at, decision_reason)
SELECT request.id, said.key, said.value, sha256(convert_to(said.key || said.value::text, 'UTF8')), 1,
       request.last_edited_by, request.proposed_at,
       CASE WHEN request.needs_approval THEN '[""]'::jsonb ELSE '[]'::jsonb END,
       request.state, request.decided_by, request.decided_at, request.decision_reason
FROM mdm_changerequest request, jsonb_each(request.payload) said;
INSERT INTO mdm_approval (part_id, payload_hash, place, approved_by, approved_at, reason)
SELECT part.id, part.payload_hash, 0, part.decided_by, part.decided_at, part.decision_reason
FROM mdm_changepart part WHERE part.state = 'applied' AND part.consents <> '[]'::jsonb;
SET CONSTRAINTS ALL IMMEDIATE;
"""

# The request's row is locked by whoever proposes, edits, consents or applies, so what a trigger reads holds still.
FOUR_EYES = """
CREATE FUNCTION mdm_refuse_own_consent() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER approver_is_neither_proposer_nor_last_editor
    BEFORE INSERT ON mdm_approval FOR EACH ROW EXECUTE FUNCTION mdm_refuse_own_consent();

CREATE FUNCTION mdm_refuse_without_consent() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER what_is_applied_was_approved
    BEFORE INSERT OR UPDATE ON mdm_changepart FOR EACH ROW EXECUTE FUNCTION mdm_refuse_without_consent();

CREATE FUNCTION mdm_refuse_other_proposer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.proposed_by <> OLD.proposed_by OR NEW.golden_record_id <> OLD.golden_record_id THEN
        RAISE EXCEPTION 'change request %: its proposer and record stay', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER proposer_stays
    BEFORE UPDATE ON mdm_changerequest FOR EACH ROW EXECUTE FUNCTION mdm_refuse_other_proposer();
"""
UNDO_FOUR_EYES = """
DROP TRIGGER proposer_stays ON mdm_changerequest;
DROP FUNCTION mdm_refuse_other_proposer;
DROP TRIGGER what_is_applied_was_approved ON mdm_changepart;
DROP FUNCTION mdm_refuse_without_consent;
DROP TRIGGER approver_is_neither_proposer_nor_last_editor ON mdm_approval;
DROP FUNCTION mdm_refuse_own_consent;
"""

# Names sign versions, approvals and audit entries: whoever could change theirs could consent to their own proposal.
NAMES = """
CREATE FUNCTION mdm_refuse_other_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.username <> OLD.username THEN
        RAISE EXCEPTION 'the user name % signs what its owner did: make another user', OLD.username
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER user_name_stays BEFORE UPDATE OF username ON auth_user
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_other_name();
"""
UNDO_NAMES = """
DROP TRIGGER user_name_stays ON auth_user;
DROP FUNCTION mdm_refuse_other_name;
"""

GRANTS = """
REVOKE UPDATE, DELETE, TRUNCATE ON mdm_approval FROM assay_app;
REVOKE DELETE, TRUNCATE ON mdm_changepart, mdm_changecomment FROM assay_app;
"""
UNDO_GRANTS = """
GRANT UPDATE, DELETE, TRUNCATE ON mdm_approval TO assay_app;
GRANT DELETE, TRUNCATE ON mdm_changepart, mdm_changecomment TO assay_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0006_rule_set_lineage"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payload_hash", models.BinaryField(max_length=32)),
                (
                    "place",
                    models.PositiveSmallIntegerField(help_text="Which of the part's consents it gives, 0 first."),
                ),
                ("approved_by", models.CharField(max_length=150)),
                ("approved_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="ChangeComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("said_by", models.CharField(max_length=150)),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="ChangePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attribute", models.CharField(max_length=100)),
                ("value", models.JSONField(null=True)),
                ("payload_hash", models.BinaryField(help_text="Over attribute, value and revision.", max_length=32)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("edited_by", models.CharField(max_length=150)),
                ("edited_at", models.DateTimeField()),
                (
                    "consents",
                    models.JSONField(default=list, help_text="Group names, in order; an empty name is any approver's."),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("applied", "Applied"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_reason", models.TextField(blank=True)),
            ],
        ),
        migrations.AddField(
            model_name="changecomment",
            name="change_request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="mdm.changerequest"
            ),
        ),
        migrations.AddField(
            model_name="changepart",
            name="change_request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="mdm.changerequest"
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="mdm.changepart"
            ),
        ),
        migrations.AddConstraint(
            model_name="changepart",
            constraint=models.UniqueConstraint(
                fields=("change_request", "attribute"), name="attribute_is_proposed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                fields=("part", "payload_hash", "approved_by"), name="person_approves_a_value_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                fields=("part", "payload_hash", "place"), name="consent_to_a_value_is_given_once"
            ),
        ),
        migrations.RunSQL(PARTS_OF_EARLIER_REQUESTS, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="changerequest",
            name="approver_is_neither_proposer_nor_last_editor",
        ),
        migrations.RemoveConstraint(
            model_name="changerequest",
            name="what_is_applied_was_approved",
        ),
        migrations.RemoveField(
            model_name="changerequest",
            name="approved_hash",
        ),
        migrations.RemoveField(
            model_name="changerequest",
            name="decided_at",
        ),
        migrations.RemoveField(
            model_name="changerequest",
            name="decided_by",
        ),
        migrations.RemoveField(
            model_name="changerequest",
            name="decision_reason",
        ),
        migrations.RemoveField(
            model_name="changerequest",
            name="last_edited_by",
        ),
        migrations.RemoveField(
            model_name="changerequest",
            name="needs_approval",
        ),
        migrations.RemoveField(
            model_name="changerequest",
            name="payload",
        ),
        migrations.AddField(
            model_name="changerequest",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="changerequest",
            name="payload_hash",
            field=models.BinaryField(help_text="Over the hashes of its parts: what a reader has seen.", max_length=32),
        ),
        migrations.AlterField(
            model_name="changerequest",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("applied", "Applied"),
                    ("rejected", "Rejected"),
                    ("withdrawn", "Withdrawn"),
                    ("expired", "Expired"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="changerequest",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["expires_at"], name="change_requests_that_expire"
            ),
        ),
        migrations.RunSQL(FOUR_EYES, UNDO_FOUR_EYES),
        migrations.RunSQL(NAMES, UNDO_NAMES),
        migrations.RunSQL(GRANTS, UNDO_GRANTS),
    ]
