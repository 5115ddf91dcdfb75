"""Hotline, crews without accounts, class suggestion."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("flow", "0008_envelopes"),
        ("organisations", "0001_initial"),
        ("urban", "0007_open311"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Elements",
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
                ("involved", models.CharField(blank=True, default="", max_length=200)),
                ("demand", models.CharField(blank=True, default="", max_length=500)),
                ("answered", models.CharField(blank=True, default="", max_length=500)),
                ("call_back", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "来电要素",
                "db_table": "urban_elements",
            },
        ),
        migrations.CreateModel(
            name="Lesson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("cases", models.PositiveIntegerField()),
                ("weights", models.BinaryField()),
                ("report", models.JSONField()),
            ],
            options={
                "db_table": "urban_lesson",
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("direction", models.CharField(max_length=3)),
                ("platform", models.CharField(max_length=20)),
                ("their_number", models.CharField(blank=True, default="", max_length=60)),
                ("order", models.JSONField()),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                ("result", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
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
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flow.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "转办单",
                "db_table": "urban_handover",
            },
        ),
        migrations.CreateModel(
            name="HandoverIn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("platform", models.CharField(max_length=20)),
                ("their_number", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=16)),
                ("n", models.PositiveSmallIntegerField(default=1)),
                ("digest", models.CharField(max_length=64)),
                ("body", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "handover",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="received",
                        to="urban.handover",
                    ),
                ),
            ],
            options={
                "db_table": "urban_handover_in",
            },
        ),
        migrations.CreateModel(
            name="HandoverOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("platform", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=16)),
                ("n", models.PositiveSmallIntegerField(default=1)),
                ("body", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("said", models.CharField(blank=True, default="", max_length=300)),
                (
                    "handover",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent",
                        to="urban.handover",
                    ),
                ),
            ],
            options={
                "db_table": "urban_handover_out",
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=80, unique=True)),
                ("phone", models.CharField(blank=True, default="", max_length=30)),
                ("rang_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("recording", models.CharField(blank=True, default="", max_length=500)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flow.case",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "来电",
                "db_table": "urban_call",
                "indexes": [
                    models.Index(fields=["seat", "-rang_at"], name="urban_call_at_seat"),
                    models.Index(
                        condition=models.Q(("case__isnull", False)),
                        fields=["case"],
                        name="urban_call_of_case",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallBack",
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
                ("taken_at", models.DateTimeField()),
                ("answer", models.CharField(blank=True, default="", max_length=10)),
                ("words", models.CharField(blank=True, default="", max_length=500)),
                ("at", models.DateTimeField(null=True)),
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
                "verbose_name": "回访",
                "db_table": "urban_call_back",
                "indexes": [
                    models.Index(
                        condition=models.Q(("answer", "")), fields=["by"], name="urban_call_back_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer__in", ["", "solved", "not_solved", "no_word", "unreached"])
                        ),
                        name="a_call_back_has_a_known_answer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CrewLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("crew", models.CharField(max_length=40)),
                ("phone", models.CharField(blank=True, default="", max_length=30)),
                ("mail", models.CharField(blank=True, default="", max_length=200)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flow.case",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "任务链接",
                "db_table": "urban_crew_link",
                "indexes": [models.Index(fields=["case", "-id"], name="urban_crew_link_of_case")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("phone", ""), ("mail", ""), _connector="OR"),
                        name="a_crew_link_goes_one_way",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["direction", "-id"], name="urban_handover_newest"),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(
                condition=models.Q(("case__isnull", False)), fields=["case"], name="urban_handover_of_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("their_number", ""), _negated=True),
                fields=("direction", "platform", "their_number"),
                name="one_handover_a_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoverin",
            constraint=models.UniqueConstraint(
                fields=("platform", "their_number", "kind", "n"), name="one_message_in_a_number_and_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="handoverout",
            index=models.Index(fields=["platform", "id"], name="urban_handover_out_platform"),
        ),
        migrations.AddIndex(
            model_name="handoverout",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)),
                fields=["next_at"],
                name="urban_handover_out_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoverout",
            constraint=models.UniqueConstraint(
                fields=("handover", "kind", "n"), name="one_message_out_a_kind"
            ),
        ),
    ]
