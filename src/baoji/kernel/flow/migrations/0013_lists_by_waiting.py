"""Indexes that lists begin on: what waits at each step, and what few cases have. Five go, the rest replace them."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flow", "0012_vacuum_sooner"),
        ("organisations", "0002_english_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="case",
            name="flow_case_at_post",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="flow_case_of_open_body",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="flow_case_asks",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="flow_case_co_bodies",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="flow_case_at_org",
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("status__in", ("open", "suspended")), models.Q(("holder_post", ""), _negated=True)
                ),
                fields=["holder_post", "step", "rank", "sort_at", "id"],
                include=("severity", "source", "area", "topic"),
                name="flow_case_waits_post",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("holder_org__isnull", False), ("status__in", ("open", "suspended"))),
                fields=["holder_org", "step", "rank", "sort_at", "id"],
                include=("severity", "source", "area", "topic"),
                name="flow_case_waits_org",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("asks__len__gt", 0), ("status__in", ["open", "suspended", "closed"])),
                fields=["step", "rank", "sort_at", "id"],
                include=("asks",),
                name="flow_case_asked",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("pending__has_key", "supervise")),
                fields=["rank", "sort_at", "id"],
                name="flow_case_demanded",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("status__in", ("open", "suspended"))),
                fields=["step", "-created_at", "-id"],
                name="flow_case_open_step",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("severity__in", ["urgent", "critical"])),
                fields=["severity", "-created_at", "-id"],
                name="flow_case_pressing",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("supervised", True)),
                fields=["-created_at", "-id"],
                name="flow_case_supervised",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("co_bodies__len__gt", 0), ("stage", "handle"), ("status", "open")),
                fields=["co_bodies"],
                name="flow_case_helpers",
            ),
        ),
    ]
