"""上报文字公开审核: what reporters wrote waits for a person before strangers read it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What strangers learn of already waits too; classes of homes are left out when the list is read.
WAITING = """
INSERT INTO urban_words_review (case_id, created_at, state, text, edited, n)
SELECT c.id, c.created_at, 'waiting', '', false, 0 FROM flow_case c JOIN urban_report r ON r.case_id = c.id
  LEFT JOIN urban_public_case p ON p.case_id = c.id LEFT JOIN urban_open311_request o ON o.case_id = c.id
 WHERE c.flow = 'urban' AND c.source = 'citizen' AND r.description <> '' AND r.description IS DISTINCT FROM o.media_url
   AND (p.case_id IS NOT NULL OR o.case_id IS NOT NULL)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("urban", "0011_publish_anew"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="WordsReview",
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
                ("created_at", models.DateTimeField()),
                ("state", models.CharField(default="waiting", max_length=8)),
                ("text", models.TextField(blank=True, default="")),
                ("edited", models.BooleanField(default=False)),
                ("n", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
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
            ],
            options={
                "db_table": "urban_words_review",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["-created_at", "-case"],
                        name="urban_words_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "shown"), models.Q(("text", ""), _negated=True)),
                            models.Q(("edited", False), ("state__in", ["waiting", "kept"]), ("text", "")),
                            _connector="OR",
                        ),
                        name="cleared_words_have_a_text",
                    )
                ],
            },
        ),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
