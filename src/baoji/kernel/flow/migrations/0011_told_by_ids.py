"""What a case tells names people by their ids: each process knows their names."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("flow", "0010_tell_parties")]
    operations = [migrations.RunSQL((SQL / "0007_told_by_ids.sql").read_text(), migrations.RunSQL.noop)]
