"""Mass changes of pricing agreements, with four eyes and the rehearsed payload held by the database."""

import django.db.models.deletion
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION mdm_refuse_own_mass_consent() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    change mdm_masschange;
BEGIN
    SELECT * INTO change FROM mdm_masschange WHERE id = NEW.mass_change_id FOR UPDATE;
    IF NEW.approved_by IN (
        '', mdm_person_behind(change.proposed_by), mdm_person_behind(change.submitted_by)
    ) THEN
        RAISE EXCEPTION 'mass change %: approver is proposer', change.id USING ERRCODE = 'check_violation';
    END IF;
    IF starts_with(NEW.approved_by, 'api:') OR starts_with(NEW.approved_by, 'system') THEN
        RAISE EXCEPTION 'mass change %: only people consent', change.id USING ERRCODE = 'check_violation';
    END IF;
    IF change.state <> 'open' OR NEW.payload_hash <> change.payload_hash
            OR NEW.place >= jsonb_array_length(change.consents) THEN
        RAISE EXCEPTION 'mass change %: nobody asks for this consent', change.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approver_of_a_mass_change_is_not_its_proposer
    BEFORE INSERT ON mdm_masschangeapproval FOR EACH ROW EXECUTE FUNCTION mdm_refuse_own_mass_consent();

CREATE FUNCTION mdm_refuse_mass_change_without_consent() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given integer;
BEGIN
    IF (NEW.selection, NEW.terms, NEW.figures, NEW.payload_hash, NEW.proposed_by, NEW.correlation_id)
            IS DISTINCT FROM
            (OLD.selection, OLD.terms, OLD.figures, OLD.payload_hash, OLD.proposed_by, OLD.correlation_id) THEN
        RAISE EXCEPTION 'mass change %: it stays what was rehearsed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.consents, NEW.submitted_by) <> (OLD.consents, OLD.submitted_by) AND OLD.state <> 'rehearsed' THEN
        RAISE EXCEPTION 'mass change %: it asks for the same consents as it was submitted with', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('rehearsed', 'open'), ('rehearsed', 'withdrawn'), ('open', 'applied'), ('open', 'rejected'),
        ('open', 'withdrawn'), ('applied', 'undone')
    ) THEN
        RAISE EXCEPTION 'mass change %: it is % already', OLD.id, OLD.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'applied' AND OLD.state = 'open' THEN
        SELECT count(*) INTO given FROM mdm_masschangeapproval
        WHERE mass_change_id = NEW.id AND payload_hash = NEW.payload_hash;
        IF given = 0 OR given < jsonb_array_length(NEW.consents) THEN
            RAISE EXCEPTION 'mass change %: consent is missing', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER mass_change_that_is_applied_was_approved
    BEFORE UPDATE ON mdm_masschange FOR EACH ROW EXECUTE FUNCTION mdm_refuse_mass_change_without_consent();

CREATE FUNCTION mdm_refuse_decided_mass_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'rehearsed' THEN
        RAISE EXCEPTION 'a mass change begins as a rehearsal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER mass_change_begins_as_a_rehearsal
    BEFORE INSERT ON mdm_masschange FOR EACH ROW EXECUTE FUNCTION mdm_refuse_decided_mass_change();

CREATE FUNCTION mdm_refuse_late_mass_part() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT state FROM mdm_masschange WHERE id = NEW.mass_change_id) <> 'rehearsed' THEN
        RAISE EXCEPTION 'mass change %: it stays what was rehearsed', NEW.mass_change_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER parts_of_a_mass_change_come_with_its_rehearsal
    BEFORE INSERT ON mdm_masschangepart FOR EACH ROW EXECUTE FUNCTION mdm_refuse_late_mass_part();

REVOKE UPDATE, DELETE, TRUNCATE ON mdm_masschangepart, mdm_masschangeapproval FROM assay_app;
REVOKE DELETE, TRUNCATE ON mdm_masschange FROM assay_app;
"""
UNDO_GUARDS = """
GRANT UPDATE, DELETE, TRUNCATE ON mdm_masschange, mdm_masschangepart, mdm_masschangeapproval TO assay_app;
DROP TRIGGER parts_of_a_mass_change_come_with_its_rehearsal ON mdm_masschangepart;
DROP FUNCTION mdm_refuse_late_mass_part;
DROP TRIGGER mass_change_begins_as_a_rehearsal ON mdm_masschange;
DROP FUNCTION mdm_refuse_decided_mass_change;
DROP TRIGGER mass_change_that_is_applied_was_approved ON mdm_masschange;
DROP FUNCTION mdm_refuse_mass_change_without_consent;
DROP TRIGGER approver_of_a_mass_change_is_not_its_proposer ON mdm_masschangeapproval;
DROP FUNCTION mdm_refuse_own_mass_consent;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0028_price_radar"),
    ]

    operations = [
        migrations.CreateModel(
            name="MassChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("selection", models.JSONField()),
                ("terms", models.JSONField()),
                ("figures", models.JSONField()),
                ("reason", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("rehearsed", "Rehearsed"),
                            ("open", "Waits for approval"),
                            ("applied", "Applied"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("undone", "Undone"),
                        ],
                        default="rehearsed",
                        max_length=10,
                    ),
                ),
                (
                    "payload_hash",
                    models.BinaryField(
                        help_text="Over the hashes of its parts: what a reader has seen.", max_length=32
                    ),
                ),
                (
                    "consents",
                    models.JSONField(default=list, help_text="Group names, in order; an empty name is any approver's."),
                ),
                ("correlation_id", models.UUIDField(help_text="Of every golden version that it makes.", unique=True)),
                ("proposed_by", models.CharField(max_length=150)),
                ("submitted_by", models.CharField(blank=True, max_length=150)),
                ("rehearsed_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_reason", models.TextField(blank=True)),
                ("undone_by", models.CharField(blank=True, max_length=150)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undo_reason", models.TextField(blank=True)),
                (
                    "kept",
                    models.JSONField(
                        default=list, help_text="What was edited later, which undoing left as it is: id and line keys."
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state__in", ["rehearsed", "open"])),
                            models.Q(
                                models.Q(("state__in", ["rehearsed", "open"]), _negated=True),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="mass_change_that_is_decided_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "undone"), ("undone_at__isnull", False)),
                            models.Q(models.Q(("state", "undone"), _negated=True), ("undone_at", None)),
                            _connector="OR",
                        ),
                        name="mass_change_that_is_undone_says_when",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="changerequest",
            name="mass_change",
            field=models.ForeignKey(
                blank=True,
                help_text="Where consent was given to the change of which this is a part.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="change_requests",
                to="mdm.masschange",
            ),
        ),
        migrations.CreateModel(
            name="MassChangeApproval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payload_hash", models.BinaryField(max_length=32)),
                ("place", models.PositiveSmallIntegerField(help_text="Which of the consents it gives, 0 first.")),
                ("approved_by", models.CharField(max_length=150)),
                ("approved_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "mass_change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="mdm.masschange"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mass_change", "approved_by"), name="person_approves_a_mass_change_once"
                    ),
                    models.UniqueConstraint(
                        fields=("mass_change", "place"), name="consent_to_a_mass_change_is_given_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MassChangePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("base_version", models.PositiveIntegerField()),
                ("base_hash", models.BinaryField(max_length=32)),
                ("values", models.JSONField()),
                ("effects", models.JSONField()),
                ("rows", models.JSONField()),
                ("refused", models.TextField(blank=True)),
                (
                    "payload_hash",
                    models.BinaryField(help_text="Over agreement, base, values and effects.", max_length=32),
                ),
                (
                    "golden_record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
                    ),
                ),
                (
                    "mass_change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="mdm.masschange"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mass_change", "golden_record"), name="mass_change_has_an_agreement_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO_GUARDS),
    ]
