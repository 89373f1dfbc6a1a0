"""The first life of this hub gets its name, before any process could name it differently."""

import secrets

from django.db import migrations
from django.utils import timezone


def begin(apps, schema_editor):
    epochs = apps.get_model("sync", "HubEpoch").objects.using(schema_editor.connection.alias)
    epochs.create(name=secrets.token_hex(4), began_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_streams_and_checkpoints")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
