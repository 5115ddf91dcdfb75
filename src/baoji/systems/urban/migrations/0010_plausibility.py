"""核对 findings, pairs by month, 抽查 of closed cases."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flow", "0008_envelopes"),
        ("urban", "0009_english_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PairMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("kind", models.CharField(max_length=8)),
                ("area", models.CharField(blank=True, default="", max_length=9)),
                ("one", models.BigIntegerField()),
                ("other", models.BigIntegerField()),
                ("n", models.IntegerField()),
                ("positive", models.IntegerField(default=0)),
                ("quick", models.IntegerField(default=0)),
                ("same_device", models.IntegerField(default=0)),
                ("chosen", models.IntegerField(default=0)),
                ("drawn", models.IntegerField(default=0)),
                ("expected", models.FloatField(default=0)),
                (
                    "hours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "db_table": "urban_pair_month",
            },
        ),
        migrations.CreateModel(
            name="PlausibilityFinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("subject", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("found_at", models.DateTimeField()),
                ("facts", models.JSONField(default=dict)),
                ("state", models.CharField(default="new", max_length=8)),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "urban_plausibility",
            },
        ),
        migrations.CreateModel(
            name="PlausibilityMark",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "urban_plausibility_mark",
            },
        ),
        migrations.CreateModel(
            name="Sample",
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
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("fixed", models.BooleanField(null=True)),
            ],
            options={
                "db_table": "urban_sample",
            },
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["delivered_at"], name="urban_delivery_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="pairmonth",
            constraint=models.UniqueConstraint(
                fields=("kind", "month", "area", "one", "other"), name="one_pair_a_month_and_street"
            ),
        ),
        migrations.AddField(
            model_name="plausibilityfinding",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="plausibilityfinding",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="flow.case",
            ),
        ),
        migrations.AddField(
            model_name="plausibilityfinding",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sample",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="plausibilityfinding",
            index=models.Index(fields=["state", "-id"], name="urban_plausibility_state"),
        ),
        migrations.AddIndex(
            model_name="plausibilityfinding",
            index=models.Index(fields=["state", "kind", "-id"], name="urban_plausibility_kind"),
        ),
        migrations.AddIndex(
            model_name="plausibilityfinding",
            index=models.Index(fields=["person", "state", "-id"], name="urban_plausibility_person"),
        ),
        migrations.AddIndex(
            model_name="plausibilityfinding",
            index=models.Index(
                condition=models.Q(("case__isnull", False)), fields=["case"], name="urban_plausibility_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="plausibilityfinding",
            constraint=models.UniqueConstraint(
                fields=("subject", "kind"), name="one_finding_a_subject_and_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="sample",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["person"], name="urban_sample_open"
            ),
        ),
        migrations.AddIndex(
            model_name="sample",
            index=models.Index(fields=["-asked_at"], name="urban_sample_asked"),
        ),
    ]
