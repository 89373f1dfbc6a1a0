"""What waits behind a value that was consented to, and the ends of pins, are change requests too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mdm", "0029_mass_changes")]

    operations = [
        migrations.AlterField(
            model_name="changepart",
            name="effect",
            field=models.CharField(
                choices=[
                    ("value", "Value"),
                    ("pin", "Pinned value"),
                    ("correction", "Correction at the owner"),
                    ("accept", "Value of its system"),
                    ("survive", "Value of another record"),
                    ("release", "End of a pin"),
                ],
                default="value",
                max_length=10,
            ),
        ),
    ]
