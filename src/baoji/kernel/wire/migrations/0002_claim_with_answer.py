"""A key may be claimed together with its answer."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("wire", "0001_initial")]
    operations = [migrations.RunSQL((SQL / "0002_claim_with_answer.sql").read_text(), migrations.RunSQL.noop)]
