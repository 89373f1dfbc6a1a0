"""Parents by date without circles, roll-ups by index; sites of locations, and whether a move asks for a new GLN."""

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

# Two that write at once see each other through the lock, which the running role takes before it looks as well.
NO_CIRCLES = """
CREATE FUNCTION mdm_refuse_circles() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    each text;
    circle record;
BEGIN
    FOR each IN SELECT DISTINCT tree FROM added WHERE closed_version IS NULL ORDER BY tree LOOP
        PERFORM pg_advisory_xact_lock(1414677829, hashtext(each));
    END LOOP;
    WITH RECURSIVE upward (child, tree, node, valid) AS (
        SELECT golden_record_id, tree, parent_id, valid FROM added WHERE closed_version IS NULL AND NOT isempty(valid)
        UNION
        SELECT upward.child, upward.tree, edge.parent_id, upward.valid * edge.valid
        FROM upward JOIN mdm_hierarchyedge edge ON edge.golden_record_id = upward.node AND edge.tree = upward.tree
        WHERE edge.closed_version IS NULL AND edge.valid && upward.valid AND upward.node <> upward.child
    )
    SELECT child, tree INTO circle FROM upward WHERE node = child LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'golden record % would be above itself in the tree %', circle.child, circle.tree
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_circles_in_a_tree';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER no_circles_in_a_tree AFTER INSERT ON mdm_hierarchyedge
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION mdm_refuse_circles();
"""
UNDO_NO_CIRCLES = """
DROP TRIGGER no_circles_in_a_tree ON mdm_hierarchyedge;
DROP FUNCTION mdm_refuse_circles;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mdm", "0025_tax_evidence_stays"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldEdge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tree", models.CharField(max_length=40)),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField(help_text="Half-open: [from, to).")),
                ("circle", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("found_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="hierarchyedge",
            index=models.Index(
                condition=models.Q(("closed_version", None)),
                fields=["parent", "tree", "golden_record"],
                include=("valid",),
                name="children_in_a_tree",
            ),
        ),
        migrations.AddIndex(
            model_name="locationrole",
            index=models.Index(
                condition=models.Q(("closed_version", None)),
                fields=["customer", "role"],
                include=("golden_record", "valid"),
                name="locations_of_customers",
            ),
        ),
        migrations.AddField(
            model_name="heldedge",
            name="golden_record",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
            ),
        ),
        migrations.AddField(
            model_name="heldedge",
            name="parent",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
            ),
        ),
        migrations.AddIndex(
            model_name="heldedge",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("closed_at", None)), fields=["circle"], name="circles_by_member"
            ),
        ),
        migrations.AddConstraint(
            model_name="heldedge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("golden_record", "tree", "valid"),
                name="a_parent_is_held_back_once",
            ),
        ),
        migrations.CreateModel(
            name="GlnQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gln", models.CharField(max_length=13)),
                ("version", models.PositiveIntegerField()),
                ("meters", models.PositiveIntegerField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_by", models.CharField(blank=True, max_length=150)),
                ("answer", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.AddField(
            model_name="location",
            name="building_key",
            field=models.CharField(blank=True, help_text="Equal for addresses of one building.", max_length=32),
        ),
        migrations.AddField(
            model_name="location",
            name="standard_address",
            field=models.JSONField(default=dict, help_text="In the form of its country; empty without a country."),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                condition=models.Q(("building_key", ""), _negated=True),
                fields=["building_key"],
                name="locations_of_buildings",
            ),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(fields=["latitude", "longitude"], name="locations_by_point"),
        ),
        migrations.AddField(
            model_name="glnquestion",
            name="golden_record",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mdm.goldenrecord"
            ),
        ),
        migrations.AddConstraint(
            model_name="glnquestion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("golden_record",),
                name="a_location_is_asked_about_its_gln_once",
            ),
        ),
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON mdm_heldedge, mdm_glnquestion FROM assay_app",
            "GRANT DELETE, TRUNCATE ON mdm_heldedge, mdm_glnquestion TO assay_app",
        ),
        migrations.RunSQL(NO_CIRCLES, UNDO_NO_CIRCLES),
    ]
