"""An act written down in one round trip."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("flow", "0003_score_indexes")]
    operations = [
        migrations.RunSQL((SQL / "0002_write_act.sql").read_text(), "DROP FUNCTION flow_write_act(jsonb)"),
    ]
