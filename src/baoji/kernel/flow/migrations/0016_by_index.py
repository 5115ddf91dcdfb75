"""What reads the files of a case or an act finds them by index, whatever is believed of their number."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("flow", "0015_by_class")]
    operations = [migrations.RunSQL((SQL / "0011_by_index.sql").read_text(), migrations.RunSQL.noop)]
