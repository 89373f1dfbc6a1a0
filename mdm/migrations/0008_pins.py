"""Pins of stewards, and what a proposed value becomes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0007_change_parts"),
    ]

    operations = [
        migrations.AddField(
            model_name="changepart",
            name="effect",
            field=models.CharField(
                choices=[
                    ("value", "Value"),
                    ("pin", "Pinned value"),
                    ("correction", "Correction at the owner"),
                    ("accept", "Value of its system"),
                ],
                default="value",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="changerequest",
            name="pin_until",
            field=models.DateTimeField(blank=True, help_text="End of the pins it sets; null for none.", null=True),
        ),
        migrations.AddField(
            model_name="changerequest",
            name="source_record",
            field=models.ForeignKey(
                blank=True,
                help_text="Record whose system proposes.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="mdm.sourcerecord",
            ),
        ),
        migrations.AlterField(
            model_name="changepart",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("applied", "Applied"),
                    ("rejected", "Rejected"),
                    ("refused", "Refused by the rules"),
                    ("withdrawn", "Withdrawn"),
                    ("expired", "Expired"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="changerequest",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("applied", "Applied"),
                    ("rejected", "Rejected"),
                    ("refused", "Refused by the rules"),
                    ("withdrawn", "Withdrawn"),
                    ("expired", "Expired"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="AttributePin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attribute", models.CharField(max_length=100)),
                ("value", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "active"),
                            ("awaiting_owner", "awaiting owner"),
                            ("proposed_to_owner", "proposed to owner"),
                            ("dissolved", "dissolved"),
                            ("released", "released"),
                            ("expired", "expired"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "owner",
                    models.CharField(
                        blank=True, help_text="System that is asked to take the value over.", max_length=40
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "beneath_hash",
                    models.BinaryField(
                        help_text="Of the value that survived without it when it was set.", max_length=32
                    ),
                ),
                ("pinned_by", models.CharField(max_length=150)),
                ("pinned_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer_due_at",
                    models.DateTimeField(blank=True, help_text="When the owner has been silent too long.", null=True),
                ),
                (
                    "questioned_at",
                    models.DateTimeField(blank=True, help_text="When a steward was asked about it again.", null=True),
                ),
                ("closed_by", models.CharField(blank=True, max_length=150)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "change_request",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="mdm.changerequest"
                    ),
                ),
                (
                    "source_record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pins", to="mdm.sourcerecord"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)),
                        fields=["answer_due_at"],
                        name="pins_that_wait_for_an_owner",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("source_record", "attribute"),
                        name="attribute_has_one_open_pin",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON mdm_attributepin FROM assay_app",
            "GRANT DELETE, TRUNCATE ON mdm_attributepin TO assay_app",
        ),
    ]
