"""A rule set version may declare attributes beside the built-in ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0010_rehearsal"),
    ]

    operations = [
        migrations.AddField(
            model_name="ruleset",
            name="attributes",
            field=models.JSONField(default=dict, help_text="Declared at run time; empty where there are none."),
        ),
    ]
