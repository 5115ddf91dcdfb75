"""A body's list by class has its index; a timer is named by case and kind; the hashes of files keep their plan."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"
TIMER = migrations.CreateModel(
    name="Timer",
    fields=[
        (
            "pk",
            models.CompositePrimaryKey(
                "case_id", "kind", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("kind", models.CharField(max_length=20)),
        ("due_at", models.DateTimeField()),
        (
            "case",
            models.ForeignKey(
                "flow.case",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="timers",
                db_index=False,
                db_constraint=False,
            ),
        ),
    ],
    options={
        "db_table": "flow_timer",
        "indexes": [models.Index(fields=["due_at"], name="flow_timer_due_at_5616cc_idx")],
    },
)


class Migration(migrations.Migration):
    dependencies = [("flow", "0014_named_without_locks")]

    operations = [
        migrations.AddIndex(
            model_name="party",
            index=models.Index(
                condition=models.Q(("org__isnull", False)),
                fields=["org", "topic", "-created_at", "-case"],
                include=("status", "area", "source"),
                name="flow_party_org_topic",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("Timer"), TIMER],
            database_operations=[
                migrations.RunSQL((SQL / "0010_fewer_plans.sql").read_text(), migrations.RunSQL.noop)
            ],
        ),
    ]
