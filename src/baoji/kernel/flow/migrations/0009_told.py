"""A case's records and files in one round trip; an act touches fewer indexes: of those of holders only the one that holds."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"
OPEN = ("open", "suspended")


def _holders(field: str) -> list[migrations.operations.base.Operation]:
    name = f"flow_case_at_{field.removeprefix('holder_')}"
    return [
        migrations.RemoveIndex("case", name),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=[field, "rank", "sort_at", "id"],
                name=name,
                condition=models.Q(status__in=OPEN, **{f"{field}__isnull": False}),
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("flow", "0008_envelopes"), ("identity", "0001_initial"), ("records", "0002_uploads")]
    operations = [
        migrations.RunSQL((SQL / "0005_told.sql").read_text(), migrations.RunSQL.noop),
        *_holders("holder_org"),
        *_holders("holder_person"),
    ]
