"""Intake in one round trip; indexes of the map's layers."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("urban", "0001_initial"), ("flow", "0002_statements"), ("wire", "0001_initial")]
    operations = [
        migrations.RunSQL((SQL / "0001_take_report.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "0002_map_indexes.sql").read_text(), migrations.RunSQL.noop),
    ]
