"""What names a person, a body or a case no longer locks it: none of them is ever deleted (docs/adr/0016).

An act is written with fewer plans.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"
PERSON, BODY, CASE = settings.AUTH_USER_MODEL, "organisations.organisation", "flow.case"


def named(model: str, field: str, to: str, kept: Any = models.PROTECT, **given: Any) -> migrations.AlterField:
    given = {"null": True, "related_name": "+"} | given
    return migrations.AlterField(
        model,
        field,
        models.ForeignKey(to, on_delete=kept, db_index=False, db_constraint=False, **given),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("flow", "0013_lists_by_waiting"),
        ("organisations", "0002_english_names"),
        ("audit", "0003_first_entry"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        named("case", "body", BODY),
        named("case", "holder_org", BODY),
        named("case", "holder_person", PERSON),
        named("case", "reporter", PERSON),
        named("case", "taken_by", PERSON),
        named("party", "case", CASE, models.CASCADE, null=False, related_name="parties"),
        named("party", "org", BODY, models.CASCADE),
        named("party", "person", PERSON, models.CASCADE),
        named("record", "by", PERSON),
        named("record", "on_behalf_of", PERSON),
        named("record", "org", BODY),
        named("record", "receiver_org", BODY),
        named("record", "receiver_person", PERSON),
        named("timer", "case", CASE, models.CASCADE, null=False, related_name="timers"),
        migrations.RunSQL((SQL / "0008_never_deleted.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "0009_write_act.sql").read_text(), migrations.RunSQL.noop),
    ]
