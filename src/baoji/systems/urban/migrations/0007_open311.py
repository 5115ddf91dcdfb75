"""Open311: keys with what they have used, requests that came by them, since when the service list stands."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("flow", "0008_envelopes"), ("urban", "0006_citizens")]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Open311Changeset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=40)),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "urban_open311_changeset"},
        ),
        migrations.CreateModel(
            name="Open311Key",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("posts_a_minute", models.PositiveIntegerField(default=60)),
                ("posts_a_day", models.PositiveIntegerField(default=5000)),
                ("reads_a_minute", models.PositiveIntegerField(default=600)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "Open311 密钥",
                "db_table": "urban_open311_key",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("name",),
                        name="one_live_open311_key_a_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Open311Use",
            fields=[
                (
                    "key",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="use",
                        serialize=False,
                        to="urban.open311key",
                    ),
                ),
                ("minute", models.DateTimeField()),
                ("in_minute", models.PositiveIntegerField()),
                ("day", models.DateField()),
                ("in_day", models.PositiveIntegerField()),
            ],
            options={"db_table": "urban_open311_use"},
        ),
        migrations.CreateModel(
            name="Open311Request",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="flow.case",
                    ),
                ),
                ("media_url", models.CharField(blank=True, default="", max_length=500)),
                ("created_at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="urban.open311key",
                    ),
                ),
            ],
            options={
                "db_table": "urban_open311_request",
                "indexes": [models.Index(fields=["-created_at", "-case"], name="urban_open311_newest")],
            },
        ),
        migrations.RunSQL((SQL / "0007_open311.sql").read_text(), migrations.RunSQL.noop),
    ]
