"""Every fact names the version that brought it; what ends one is written later, the rest is only added to."""

from django.db import migrations, models

FACTS = (
    "agreementterms",
    "hierarchyedge",
    "locationrole",
    "pricebreak",
    "priceline",
    "productterms",
    "redirect",
    "scopemembership",
    "unitconversion",
)
GRANTS = """
REVOKE UPDATE, DELETE, TRUNCATE ON mdm_productterms, mdm_feedmark FROM assay_app;
GRANT UPDATE (recorded) ON mdm_productterms TO assay_app;
REVOKE DELETE, TRUNCATE ON mdm_priceconflict FROM assay_app;
"""
UNDO_GRANTS = """
GRANT UPDATE, DELETE, TRUNCATE ON mdm_productterms, mdm_feedmark TO assay_app;
GRANT DELETE, TRUNCATE ON mdm_priceconflict TO assay_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0018_versions_of_known_facts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="agreementterms",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="hierarchyedge",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="locationrole",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="pricebreak",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="priceline",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="productterms",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="redirect",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="scopemembership",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="unitconversion",
            name="opened_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.RunSQL(GRANTS, UNDO_GRANTS),
        *(
            migrations.RunSQL(
                f"GRANT UPDATE (closed_version) ON mdm_{fact} TO assay_app",
                f"REVOKE UPDATE (closed_version) ON mdm_{fact} FROM assay_app",
            )
            for fact in FACTS
        ),
    ]
