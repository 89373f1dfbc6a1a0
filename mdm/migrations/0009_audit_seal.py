"""Audit entries are sealed: a position written once, seals that chain them, triggers that hold the owner to it as well."""

import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

# An entry is sealed after its commit, so its position is the one thing written later. Erasure deletes a detail.
GRANTS = """
GRANT UPDATE (seal_position) ON mdm_auditentry TO assay_app;
REVOKE UPDATE, DELETE, TRUNCATE ON mdm_auditseal FROM assay_app;
REVOKE UPDATE ON mdm_auditdetail FROM assay_app;
"""
UNDO_GRANTS = """
REVOKE UPDATE (seal_position) ON mdm_auditentry FROM assay_app;
GRANT UPDATE ON mdm_auditdetail TO assay_app;
"""

# The condition is the trigger's, not the function's: sealing calls no function.
TRIGGERS = """
CREATE FUNCTION mdm_refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: what tells the past is only added to', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER audit_entry_is_sealed_once BEFORE UPDATE ON mdm_auditentry FOR EACH ROW
    WHEN (OLD.seal_position IS NOT NULL OR
        (OLD.id, OLD.action, OLD.subject_type, OLD.subject_id, OLD.subject_version, OLD.actor, OLD.at, OLD.reason,
            OLD.rule_set_id, OLD.correlation_id, OLD.commitment) IS DISTINCT FROM
        (NEW.id, NEW.action, NEW.subject_type, NEW.subject_id, NEW.subject_version, NEW.actor, NEW.at, NEW.reason,
            NEW.rule_set_id, NEW.correlation_id, NEW.commitment))
    EXECUTE FUNCTION mdm_refuse_to_rewrite();
CREATE TRIGGER audit_entry_stays BEFORE DELETE ON mdm_auditentry
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_to_rewrite();
CREATE TRIGGER audit_entries_stay BEFORE TRUNCATE ON mdm_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION mdm_refuse_to_rewrite();
CREATE TRIGGER audit_detail_is_never_changed BEFORE UPDATE ON mdm_auditdetail
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_to_rewrite();
CREATE TRIGGER audit_seal_stays BEFORE UPDATE OR DELETE ON mdm_auditseal
    FOR EACH ROW EXECUTE FUNCTION mdm_refuse_to_rewrite();
CREATE TRIGGER audit_seals_stay BEFORE TRUNCATE ON mdm_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION mdm_refuse_to_rewrite();
"""
UNDO_TRIGGERS = """
DROP TRIGGER audit_entry_is_sealed_once ON mdm_auditentry;
DROP TRIGGER audit_entry_stays ON mdm_auditentry;
DROP TRIGGER audit_entries_stay ON mdm_auditentry;
DROP TRIGGER audit_detail_is_never_changed ON mdm_auditdetail;
DROP TRIGGER audit_seal_stays ON mdm_auditseal;
DROP TRIGGER audit_seals_stay ON mdm_auditseal;
DROP FUNCTION mdm_refuse_to_rewrite;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0008_pins"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_position", models.BigIntegerField(unique=True)),
                ("last_position", models.BigIntegerField(unique=True)),
                ("entry_ids", models.BinaryField(help_text="Eight bytes each, in order of position.")),
                ("digests", models.BinaryField(help_text="SHA-256 of each entry, in order of position.")),
                ("previous_hash", models.BinaryField(help_text="Zeros in the first seal.", max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                ("key_id", models.CharField(help_text="Which key signed; tells nothing about it.", max_length=16)),
                ("signature", models.BinaryField(max_length=32)),
                ("sealed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="auditentry",
            name="seal_position",
            field=models.BigIntegerField(
                blank=True,
                editable=False,
                help_text="Its place in the chain of seals; null until it is sealed.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("seal_position", None)), fields=["id"], name="audit_entries_to_seal"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("seal_position__isnull", False)),
                fields=("seal_position",),
                name="seal_position_is_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditseal",
            constraint=models.CheckConstraint(
                condition=models.Q(("first_position__gte", 1)), name="seal_positions_begin_at_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditseal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.Exact(
                        django.db.models.functions.text.Length("entry_ids"),
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("last_position"), "-", models.F("first_position")
                                ),
                                "+",
                                models.Value(1),
                            ),
                            "*",
                            models.Value(8),
                        ),
                    )
                ),
                name="seal_lists_the_id_of_each_entry",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditseal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.Exact(
                        django.db.models.functions.text.Length("digests"),
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("last_position"), "-", models.F("first_position")
                                ),
                                "+",
                                models.Value(1),
                            ),
                            "*",
                            models.Value(32),
                        ),
                    )
                ),
                name="seal_lists_the_digest_of_each_entry",
            ),
        ),
        migrations.RunSQL(GRANTS, UNDO_GRANTS),
        migrations.RunSQL(TRIGGERS, UNDO_TRIGGERS),
    ]
