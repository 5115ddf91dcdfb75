"""Citizens: what is public of a case, followers, grades, reports held back, reviewed photos, subscriptions, erasures."""

from pathlib import Path
from typing import ClassVar

import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("records", "0001_initial"),
        ("urban", "0005_field"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=30)),
                ("days", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.storedfile",
                    ),
                ),
            ],
            options={
                "db_table": "urban_erasure",
                "indexes": [models.Index(fields=["file", "-at"], name="urban_erasure_of_file")],
            },
        ),
        migrations.CreateModel(
            name="Grade",
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
                ("grade", models.CharField(max_length=10)),
                ("not_fixed", models.PositiveSmallIntegerField(default=0)),
                ("via", models.CharField(default="follow", max_length=8)),
                ("body_id", models.BigIntegerField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "满意度",
                "db_table": "urban_grade",
                "indexes": [models.Index(fields=["closed_at"], name="urban_grade_by_closing")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grade__in", ["very_good", "good", "fair", "poor", "not_fixed"])),
                        name="a_grade_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PhotoReview",
            fields=[
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="flow.attachment",
                    ),
                ),
                ("shown", models.BooleanField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "urban_photo_review",
            },
        ),
        migrations.CreateModel(
            name="PublicCase",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="flow.case",
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True)),
                ("title", models.CharField(max_length=120)),
                ("topic", models.CharField(max_length=12)),
                ("area", models.CharField(blank=True, default="", max_length=15)),
                ("address", models.CharField(blank=True, default="", max_length=200)),
                ("coarse", models.BooleanField(default=False)),
                ("place", django.contrib.gis.db.models.fields.PointField(spatial_index=False, srid=4490)),
                (
                    "place_web",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.gis.db.models.functions.Transform("place", 3857),
                        output_field=django.contrib.gis.db.models.fields.PointField(
                            spatial_index=False, srid=3857
                        ),
                    ),
                ),
                ("stage", models.CharField(max_length=10)),
                ("step", models.CharField(max_length=12)),
                ("status", models.CharField(max_length=10)),
                ("severity", models.CharField(max_length=10)),
                ("body_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("filed_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("near_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("version", models.IntegerField()),
            ],
            options={
                "verbose_name": "公开案卷",
                "db_table": "urban_public_case",
                "indexes": [
                    models.Index(fields=["-created_at", "-case"], name="urban_public_newest"),
                    models.Index(fields=["changed_at", "case"], name="urban_public_changed"),
                    models.Index(fields=["topic", "-created_at", "-case"], name="urban_public_topic"),
                    models.Index(
                        fields=["area", "-created_at"],
                        name="urban_public_area",
                        opclasses=["text_pattern_ops", "timestamptz_ops"],
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mail", models.CharField(max_length=200)),
                ("area", models.CharField(blank=True, default="", max_length=12)),
                ("topic", models.CharField(blank=True, default="", max_length=12)),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("token", models.CharField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("told_until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "urban_subscription",
                "indexes": [
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", False)),
                        fields=["told_until"],
                        name="urban_subscription_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mail", "area", "topic"), name="one_subscription_a_mail_and_subject"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Follower",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=12)),
                ("mail", models.CharField(blank=True, default="", max_length=200)),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="flow.case",
                    ),
                ),
            ],
            options={
                "db_table": "urban_follower",
                "indexes": [
                    models.Index(fields=["case"], name="urban_follower_of_case"),
                    models.Index(
                        condition=models.Q(("mail", ""), _negated=True),
                        fields=["at"],
                        name="urban_follower_with_mail",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("code", ""), _negated=True),
                        fields=("code",),
                        name="one_follower_a_code",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HeldReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=12, unique=True)),
                ("draft", models.JSONField()),
                ("files", models.JSONField(default=list)),
                ("mail", models.CharField(blank=True, default="", max_length=200)),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("why", models.CharField(max_length=10)),
                ("alike", models.CharField(max_length=16)),
                ("status", models.CharField(default="held", max_length=10)),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flow.case",
                    ),
                ),
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
            ],
            options={
                "db_table": "urban_held_report",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "held")),
                        fields=["-at", "-id"],
                        name="urban_held_waiting",
                    ),
                    models.Index(fields=["decided_at"], name="urban_held_decided"),
                ],
            },
        ),
        migrations.RunSQL((SQL / "0006_citizens.sql").read_text(), migrations.RunSQL.noop),
    ]
