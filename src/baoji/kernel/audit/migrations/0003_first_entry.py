"""The first line of a chain looks for no line before it."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_seal_of_entry")]
    operations = [migrations.RunSQL((SQL / "0002_first_entry.sql").read_text(), migrations.RunSQL.noop)]
