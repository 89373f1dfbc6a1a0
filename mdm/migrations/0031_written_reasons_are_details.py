"""What somebody wrote as a reason stands in the detail of its audit entry, where it can be erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mdm", "0030_values_that_wait")]

    operations = [
        migrations.AddField(
            model_name="auditdetail",
            name="reason",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AlterField(
            model_name="auditdetail",
            name="values",
            field=models.JSONField(null=True),
        ),
        # On the way back a reason is nowhere to go, and values had to be.
        migrations.RunSQL(
            "",
            'ALTER TABLE mdm_auditdetail DISABLE TRIGGER USER; UPDATE mdm_auditdetail SET "values" = \'null\' WHERE "values" IS NULL; ALTER TABLE mdm_auditdetail ENABLE TRIGGER USER;',
        ),
    ]
