"""Fingerprints of pictures, their uses, and what looks like being used twice."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"
# Of the keys' table the SQL makes one index that holds everything; Django needs to know the table only.
KEYS = migrations.CreateModel(
    name="PrintKey",
    fields=[
        (
            "pk",
            models.CompositePrimaryKey(
                "k", "file_id", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("k", models.IntegerField()),
        ("file_id", models.BigIntegerField()),
        ("h", models.BigIntegerField()),
    ],
    options={"db_table": "evidence_print_key"},
)
UNDO = """
DROP TRIGGER evidence_print_wanted ON records_media;
DROP FUNCTION evidence_print_wanted();
DROP TABLE evidence_print_key;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0001_initial"),
        ("records", "0002_uploads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Print",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="records.storedfile",
                    ),
                ),
                ("state", models.CharField(default="due", max_length=6)),
                ("phash", models.BigIntegerField(null=True)),
                ("made_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "evidence_print",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "due")), fields=["file"], name="evidence_print_due"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Use",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("case_id", models.BigIntegerField()),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.storedfile",
                    ),
                ),
                ("moment", models.CharField(max_length=6)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("org_id", models.BigIntegerField(null=True)),
                ("thing", models.CharField(blank=True, default="", max_length=40)),
                ("at", models.DateTimeField()),
                ("looked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "evidence_use",
                "indexes": [
                    models.Index(fields=["file", "id"], name="evidence_use_file"),
                    models.Index(fields=["case_id"], name="evidence_use_case"),
                    models.Index(
                        condition=models.Q(("looked_at__isnull", True)),
                        fields=["id"],
                        name="evidence_use_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("by__isnull", False)),
                        fields=["by", "-id"],
                        name="evidence_use_by",
                    ),
                    models.Index(
                        condition=models.Q(("org_id__isnull", False)),
                        fields=["org_id", "-id"],
                        name="evidence_use_org",
                    ),
                    models.Index(
                        condition=models.Q(("thing", ""), _negated=True),
                        fields=["thing", "-id"],
                        name="evidence_use_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="evidence.use",
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="evidence.use",
                    ),
                ),
                ("case_id", models.BigIntegerField()),
                ("same_bytes", models.BooleanField(default=False)),
                ("distance", models.SmallIntegerField(null=True)),
                ("inliers", models.IntegerField(default=0)),
                ("alike", models.FloatField(default=0)),
            ],
            options={
                "db_table": "evidence_pair",
                "indexes": [models.Index(fields=["case_id"], name="evidence_pair_case")],
                "constraints": [
                    models.UniqueConstraint(fields=("after", "before"), name="evidence_one_pair")
                ],
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "later",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.use",
                    ),
                ),
                (
                    "earlier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.use",
                    ),
                ),
                ("later_case", models.BigIntegerField()),
                ("earlier_case", models.BigIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("distance", models.SmallIntegerField(null=True)),
                ("inliers", models.IntegerField(default=0)),
                ("alike", models.FloatField(default=0)),
                ("mirrored", models.BooleanField(default=False)),
                ("found_at", models.DateTimeField()),
                ("salt", models.CharField(max_length=32)),
                ("verdict", models.CharField(blank=True, default="", max_length=9)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "evidence_likeness",
                "indexes": [
                    models.Index(
                        condition=models.Q(("verdict", "")), fields=["-id"], name="evidence_likeness_open"
                    ),
                    models.Index(
                        condition=models.Q(("verdict", ""), _negated=True),
                        fields=["-id"],
                        name="evidence_likeness_seen",
                    ),
                    models.Index(fields=["later_case"], name="evidence_likeness_later"),
                    models.Index(fields=["earlier_case"], name="evidence_likeness_earlier"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("later", "earlier"), name="evidence_one_finding")
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[KEYS],
            database_operations=[migrations.RunSQL((SQL / "0002_likeness.sql").read_text(), UNDO)],
        ),
    ]
