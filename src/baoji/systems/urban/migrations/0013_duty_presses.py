"""上班 and 下班 are kept as they were pressed; shifts of before are pressed where they began and ended."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PRESSED = """
INSERT INTO urban_duty_press (name, person_id, begins, at, received_at)
SELECT gen_random_uuid(), person_id, true, started_at, started_at FROM urban_duty_time
 UNION ALL SELECT gen_random_uuid(), person_id, false, ended_at, ended_at FROM urban_duty_time WHERE ended_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("urban", "0012_words_review"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("dutytime", "by_rule", models.BooleanField(default=False, db_default=False)),
        migrations.CreateModel(
            name="DutyPress",
            fields=[
                ("name", models.UUIDField(primary_key=True, serialize=False)),
                ("begins", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("said_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField()),
                ("after", models.UUIDField(null=True)),
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
                "db_table": "urban_duty_press",
                "indexes": [models.Index(fields=["person", "at"], name="urban_duty_press_person")],
            },
        ),
        migrations.RunSQL(PRESSED, migrations.RunSQL.noop),
    ]
