from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stewardship", "0009_mass_changes")]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="kind",
            field=models.CharField(
                choices=[
                    ("match_review", "Possible duplicate"),
                    ("repartition", "Regrouping"),
                    ("decision", "Decision to look at again"),
                    ("approval", "Approval"),
                    ("pin", "Pinned value"),
                    ("quarantine", "Quarantine"),
                    ("delivery", "Delivery"),
                    ("quality", "Quality"),
                    ("price_conflict", "Price conflict"),
                    ("certificate", "Certificate"),
                    ("rollout", "Failed rollout"),
                    ("mass_change", "Mass change"),
                    ("price_radar", "Price radar"),
                    ("hierarchy", "Hierarchy"),
                    ("relocation", "Move of a place"),
                ],
                max_length=16,
            ),
        ),
    ]
