"""Locations that were there before get the standard form of their addresses, in batches."""

from dataclasses import asdict

from django.db import migrations

from mdm.addresses import building_key, standard_address

_PARTS = ("street", "house_number", "unit", "city", "region", "postcode", "country")
_AT_ONCE = 2_000


def standardize(apps, schema_editor):
    location = apps.get_model("mdm", "Location")
    last = 0
    while rows := list(location.objects.filter(pk__gt=last).exclude(country="").order_by("pk")[:_AT_ONCE]):
        for row in rows:
            address = {part: getattr(row, part) for part in _PARTS}
            standard = standard_address(address)
            row.standard_address = asdict(standard) if standard else {}
            row.building_key = building_key(address)
        location.objects.bulk_update(rows, ["standard_address", "building_key"], batch_size=500)
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("mdm", "0026_trees_and_sites")]

    operations = [migrations.RunPython(standardize, migrations.RunPython.noop)]
