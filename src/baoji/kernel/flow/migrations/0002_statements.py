"""The task number's sequence, the append-only trigger, the map's index."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("flow", "0001_initial"), ("audit", "0001_initial")]
    operations = [
        migrations.RunSQL((SQL / "0001_flow.sql").read_text(), migrations.RunSQL.noop),
    ]
