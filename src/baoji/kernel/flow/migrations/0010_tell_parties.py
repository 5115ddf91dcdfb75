"""Parties are told of their case's new status by index: 0.3 s a closing at a million cases before."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("flow", "0009_told")]
    operations = [
        migrations.RunSQL((SQL / "0006_tell_parties.sql").read_text(), migrations.RunSQL.noop),
    ]
