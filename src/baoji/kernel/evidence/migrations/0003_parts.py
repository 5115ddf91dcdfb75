"""Fingerprints of parts of pictures, so that crops are found by index. Pictures from before have theirs made by the worker, bit by bit."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"
KEYS = migrations.CreateModel(
    name="PartKey",
    fields=[
        (
            "pk",
            models.CompositePrimaryKey(
                "k", "h", "file_id", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("k", models.IntegerField()),
        ("h", models.IntegerField()),
        ("file_id", models.BigIntegerField()),
    ],
    options={"db_table": "evidence_part_key"},
)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_likeness")]

    operations = [
        # Empty and without a default: no row is written.
        migrations.AddField("print", "parts", models.SmallIntegerField(null=True)),
        migrations.SeparateDatabaseAndState(
            state_operations=[KEYS],
            database_operations=[
                migrations.RunSQL((SQL / "0003_parts.sql").read_text(), "DROP TABLE evidence_part_key")
            ],
        ),
    ]
