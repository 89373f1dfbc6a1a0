"""Verifications are only added to, and registrations kept before get the key under which they are verified."""

from django.conf import settings
from django.db import migrations, models

from mdm.tax.registrations import standard_registration

AT_ONCE = 2_000
GRANTS = """
REVOKE UPDATE, DELETE, TRUNCATE ON mdm_taxverification FROM assay_app;
REVOKE UPDATE, TRUNCATE ON mdm_taxverificationdetail FROM assay_app;
"""
UNDO_GRANTS = """
GRANT UPDATE, DELETE, TRUNCATE ON mdm_taxverification TO assay_app;
GRANT UPDATE, TRUNCATE ON mdm_taxverificationdetail TO assay_app;
"""


def give_keys(apps, schema_editor):
    """In portions: there may be one for every customer."""
    rows = apps.get_model("mdm", "TaxRegistration").objects.using(schema_editor.connection.alias)
    secret, last = settings.ASSAY_COMMITMENT_KEY.encode(), 0
    while batch := list(rows.filter(pk__gt=last, number_key=None).order_by("pk")[:AT_ONCE]):
        for row in batch:
            row.number_key = standard_registration(row.kind, row.jurisdiction, row.number).key(secret)
        rows.bulk_update(batch, ["number_key"], batch_size=500)
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("mdm", "0024_tax_evidence")]
    operations = [
        migrations.RunSQL(GRANTS, UNDO_GRANTS),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="taxregistration",
            name="number_key",
            field=models.BinaryField(help_text="Keyed hash of kind, jurisdiction and number.", max_length=32),
        ),
    ]
