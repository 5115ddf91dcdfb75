"""Indexes of the map's layers."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("maps", "0001_initial")]
    operations = [
        migrations.RunSQL((SQL / "0001_map_indexes.sql").read_text(), migrations.RunSQL.noop),
    ]
