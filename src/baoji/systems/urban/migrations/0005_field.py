"""Reports with envelopes; what collectors do in the street."""

from pathlib import Path

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("urban", "0004_lighter_indexes"),
        ("flow", "0008_envelopes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("name", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("request_hash", models.CharField(max_length=64)),
                ("number", models.CharField(blank=True, default="", max_length=24)),
                ("envelopes", models.JSONField(default=list)),
                ("captured_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField()),
                ("status", models.SmallIntegerField(default=0)),
                ("answer", models.JSONField(default=dict)),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "urban_delivery",
                "indexes": [models.Index(fields=["person", "-delivered_at"], name="urban_delivery_person")],
            },
        ),
        migrations.CreateModel(
            name="ControlArea",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("place", django.contrib.gis.db.models.fields.MultiPolygonField(srid=4490)),
                ("topics", models.JSONField(default=list)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("basis", models.CharField(max_length=120)),
                ("source", models.CharField(blank=True, default="", max_length=120)),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "urban_control_area",
            },
        ),
        migrations.CreateModel(
            name="DutyTime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "urban_duty_time",
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("place", django.contrib.gis.db.models.fields.PointField(spatial_index=False, srid=4490)),
                ("accuracy_m", models.FloatField()),
                ("unit_grid", models.CharField(blank=True, default="", max_length=15)),
                ("received_at", models.DateTimeField()),
                (
                    "duty",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="positions",
                        to="urban.dutytime",
                    ),
                ),
            ],
            options={
                "db_table": "urban_position",
            },
        ),
        migrations.CreateModel(
            name="Stay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("fenced", models.BooleanField(default=False)),
                (
                    "handed_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "urban_stay",
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("name", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=8)),
                ("component", models.CharField(blank=True, default="", max_length=16)),
                ("class_code", models.CharField(blank=True, default="", max_length=4)),
                ("state", models.CharField(blank=True, default="", max_length=8)),
                (
                    "place",
                    django.contrib.gis.db.models.fields.PointField(null=True, spatial_index=False, srid=4490),
                ),
                ("words", models.CharField(blank=True, default="", max_length=200)),
                ("files", models.JSONField(default=list)),
                ("status", models.CharField(default="waiting", max_length=8)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("made", models.CharField(blank=True, default="", max_length=16)),
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
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "urban_correction",
                "indexes": [models.Index(fields=["status", "-at"], name="urban_correction_status")],
            },
        ),
        migrations.CreateModel(
            name="Distress",
            fields=[
                ("name", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "place",
                    django.contrib.gis.db.models.fields.PointField(null=True, spatial_index=False, srid=4490),
                ),
                ("words", models.CharField(blank=True, default="", max_length=200)),
                ("taken_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=200)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "taken_by",
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
                "db_table": "urban_distress",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["-at"],
                        name="urban_distress_open",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="dutytime",
            index=models.Index(fields=["-started_at"], name="urban_duty_started"),
        ),
        migrations.AddConstraint(
            model_name="dutytime",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("person",),
                name="one_duty_a_person_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="position",
            index=models.Index(fields=["unit_grid", "at"], name="urban_position_grid"),
        ),
        migrations.AddIndex(
            model_name="position",
            index=models.Index(fields=["at"], name="urban_position_at"),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.UniqueConstraint(fields=("duty", "at"), name="one_position_a_moment"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["number", "since"], name="urban_stay_number"),
        ),
        migrations.AddConstraint(
            model_name="stay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("number",),
                name="one_at_a_place_at_a_time",
            ),
        ),
        migrations.RunSQL((SQL / "0004_take_report.sql").read_text(), migrations.RunSQL.noop),
    ]
