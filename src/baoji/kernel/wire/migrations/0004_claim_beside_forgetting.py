"""Old answers go at night; a key is claimed safely beside that."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("wire", "0003_answer_as_written")]
    operations = [
        migrations.RunSQL((SQL / "0003_claim_beside_forgetting.sql").read_text(), migrations.RunSQL.noop)
    ]
