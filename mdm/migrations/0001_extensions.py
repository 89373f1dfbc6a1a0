from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Exclusion constraints over scalar columns need btree_gist."""

    initial = True
    dependencies = []
    operations = [BtreeGistExtension()]
