from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mdm", "0004_append_only")]
    operations = [
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client", models.CharField(max_length=160)),
                ("key", models.CharField(db_collation="C", max_length=220)),
                ("request_hash", models.BinaryField(help_text="SHA-256 of method, path and body.", max_length=32)),
                ("status", models.PositiveSmallIntegerField()),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                ("created_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client", "key"), name="client_key_is_answered_once"),
                ],
            },
        ),
    ]
