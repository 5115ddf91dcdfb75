"""The keys of parts of pictures in the order in which an index finds them quickest. What it does undoes itself."""

from pathlib import Path

from django.db import migrations

TURN = (Path(__file__).parents[1] / "sql" / "0005_lowest_first.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("evidence", "0004_corrections")]

    operations = [migrations.RunSQL(TURN, TURN)]
