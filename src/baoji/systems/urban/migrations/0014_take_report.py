"""A report claims its key with its answer and begins its chain without looking for one."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("urban", "0013_duty_presses"),
        ("wire", "0002_claim_with_answer"),
        ("flow", "0014_named_without_locks"),
    ]
    operations = [migrations.RunSQL((SQL / "0008_take_report.sql").read_text(), migrations.RunSQL.noop)]
