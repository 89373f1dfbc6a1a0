"""Facts name the versions that brought and ended them; marks of the feed, price changes and price conflicts."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0016_erasure"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedMark",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("given_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="PriceConflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lines", models.JSONField()),
                ("count", models.PositiveIntegerField()),
                ("found_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ProductTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item_key", models.CharField(db_collation="C", max_length=500)),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField(help_text="Half-open: [from, to).")),
                (
                    "recorded",
                    django.contrib.postgres.fields.ranges.DateTimeRangeField(
                        help_text="Half-open; no upper bound while it is what the hub knows."
                    ),
                ),
                ("content_hash", models.BinaryField(max_length=32)),
                ("opened_version", models.PositiveIntegerField(null=True)),
                ("closed_version", models.PositiveIntegerField(null=True)),
                ("base_unit", models.CharField(blank=True, max_length=20)),
                ("category", models.CharField(blank=True, max_length=300)),
                ("brand", models.CharField(blank=True, max_length=150)),
                ("list_price", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("list_price_currency", models.CharField(blank=True, max_length=3)),
                ("cost", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("cost_currency", models.CharField(blank=True, max_length=3)),
            ],
        ),
        migrations.AddField(
            model_name="agreementterms",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="agreementterms",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="hierarchyedge",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="hierarchyedge",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="locationrole",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="locationrole",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="pricebreak",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="pricebreak",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="priceline",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="priceline",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="product",
            name="cost",
            field=models.DecimalField(decimal_places=4, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name="product",
            name="cost_currency",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name="redirect",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="redirect",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="scopemembership",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="scopemembership",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="unitconversion",
            name="closed_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="unitconversion",
            name="opened_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="agreementterms",
            index=models.Index(fields=["scope_kind", "scope"], name="agreement_terms_by_scope"),
        ),
        migrations.AddIndex(
            model_name="agreementterms",
            index=models.Index(
                condition=models.Q(("inherits", True)), fields=["parent_key"], name="agreement_terms_by_parent"
            ),
        ),
        migrations.AddIndex(
            model_name="pricebreak",
            index=models.Index(fields=["golden_record", "line_key"], name="price_breaks_by_line"),
        ),
        migrations.AddIndex(
            model_name="priceline",
            index=models.Index(fields=["golden_record", "product_scope"], name="price_lines_by_product"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost", None), models.Q(("cost_currency", ""), _negated=True), _connector="OR"),
                name="cost_has_a_currency",
            ),
        ),
        migrations.AddIndex(
            model_name="feedmark",
            index=models.Index(fields=["given_at", "position"], name="feed_marks_by_time"),
        ),
        migrations.AddField(
            model_name="priceconflict",
            name="left",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
            ),
        ),
        migrations.AddField(
            model_name="priceconflict",
            name="right",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
            ),
        ),
        migrations.AddField(
            model_name="productterms",
            name="golden_record",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
            ),
        ),
        migrations.AddField(
            model_name="productterms",
            name="successor",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
            ),
        ),
        migrations.AddConstraint(
            model_name="priceconflict",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("left", "right"),
                name="two_agreements_have_one_open_conflict",
            ),
        ),
        migrations.AddConstraint(
            model_name="priceconflict",
            constraint=models.CheckConstraint(
                condition=models.Q(("left__lte", models.F("right"))), name="the_lower_agreement_stands_left"
            ),
        ),
        migrations.AddConstraint(
            model_name="productterms",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("recorded__upper_inf", True)),
                expressions=[("golden_record", "="), ("item_key", "="), ("valid", "&&")],
                name="product_terms_are_known_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="productterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("list_price", None), models.Q(("list_price_currency", ""), _negated=True), _connector="OR"
                    ),
                    models.Q(("cost", None), models.Q(("cost_currency", ""), _negated=True), _connector="OR"),
                ),
                name="product_amounts_have_a_currency",
            ),
        ),
    ]
