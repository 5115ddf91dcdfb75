"""Who holds a post today: not whoever begins tomorrow, nor whoever left yesterday; the first and the last day count."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.town import NOW, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Holding, Person
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.jobs import RECIPIENTS
from baoji.systems.urban.city.report import groups
from baoji.systems.urban.queries.free import is_somebody_free
from baoji.systems.urban.queries.proposals import collectors
from baoji.systems.urban.simulate.town import HOLDERS

pytestmark = pytest.mark.django_db
SPANS = [
    (None, None, True),
    (0, 0, True),
    (-1, 1, True),
    (1, None, False),
    (None, -1, False),
]


def _serves(code: str, since: int | None, until: int | None) -> int:
    """This person's posts run between days from today; their id."""
    today = timezone.localdate()
    person = who(code).id or 0
    days = [today + timedelta(days=n) if n is not None else None for n in (since, until)]
    assert Holding.objects.filter(person_id=person).update(since=days[0], until=days[1])
    bump("people")
    return person


@pytest.mark.parametrize(("since", "until", "holds"), SPANS)
def test_a_post_counts_from_its_first_day_to_its_last(
    since: int | None, until: int | None, holds: bool
) -> None:
    Holding.objects.filter(post__kind="mayor").exclude(person_id=who("mayor.1").id or 0).delete()
    mayor, collector = _serves("mayor.1", since, until), _serves("collector.01", since, until)
    Person.objects.filter(pk=mayor).update(email="mayor@example.org")
    notify("once", post="mayor", kind="supervise", title="督办", link="/cases/1", at=NOW)
    notice = sql.value("SELECT max(id) FROM notices_notice")
    assert {
        "may decide": is_somebody_free("mayor", []),
        "is drawn": collector in [one.id for one in collectors()],
        "is named": "mayor.1" in [code for group in groups() for code in group.codes],
        "gets mail": [row[0] for row in sql.tuples(RECIPIENTS, [notice])] == [mayor],
        "plays": mayor in [row[2] for row in sql.tuples(HOLDERS)],
    } == dict.fromkeys(("may decide", "is drawn", "is named", "gets mail", "plays"), holds)
