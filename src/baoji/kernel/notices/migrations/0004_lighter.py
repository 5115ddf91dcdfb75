"""A notice is found by three indexes, and locks nobody it is for (docs/adr/0016)."""

from typing import Any

from django.conf import settings
from django.db import migrations, models


def named(field: str, to: str) -> migrations.AlterField:
    given: dict[str, Any] = {"related_name": "+", "db_index": False, "db_constraint": False}
    return migrations.AlterField(
        "notice", field, models.ForeignKey(to, null=True, on_delete=models.CASCADE, **given)
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_words")]
    operations = [
        named("person", settings.AUTH_USER_MODEL),
        named("organisation", "organisations.organisation"),
        migrations.AlterField("notice", "once", models.CharField(max_length=80)),
        migrations.AddConstraint(
            "notice", models.UniqueConstraint(fields=["once"], name="one_notice_of_a_name")
        ),
    ]
