"""What waits to be read, counted way by way, is what the list of notices says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from baoji.kernel.identity.callers import Caller, Hold
from baoji.kernel.identity.models import Person
from baoji.kernel.notices.actions import mark_read, notify
from baoji.kernel.notices.models import Notice
from baoji.kernel.notices.queries import COUNT_TO, mine_among, notices, unread_count
from baoji.kernel.organisations.models import Organisation

pytestmark = pytest.mark.django_db


def hold(kind: str, org: int) -> Hold:
    return Hold(kind, "department", "", org, org, (org,))


def tell(once: str, days: int = 0, **to: object) -> None:
    at = timezone.now() - timedelta(days=days)
    notify(once, kind="urge", title="催办", at=at, **to)  # type: ignore[arg-type]


def reader(*holds: Hold) -> Caller:
    person = Person.objects.order_by("id")[0]
    return Caller(person.id, person.code, person.name, holds)


def waiting(who: Caller) -> list[int]:
    return [row["id"] for row in notices(who, limit=500)[0] if not row["read"]]


def test_each_way_counts_once_and_nothing_of_others() -> None:
    one, two = Organisation.objects.order_by("id").values_list("id", flat=True)[:2]
    me = reader(hold("handler", one), hold("section_head", one), hold("handler", two))
    other = Person.objects.order_by("id").values_list("id", flat=True)[1]
    before = len(waiting(me))
    tell("t:me", person=me.id)
    tell("t:other", person=other)
    tell("t:post", post="handler")
    tell("t:another post", post="dispatcher")
    tell("t:post there", post="handler", organisation=one)
    tell("t:another post there", post="crew", organisation=one)
    tell("t:there", organisation=two)
    tell("t:long ago", days=31, person=me.id)
    assert unread_count(me) == before + 4
    assert len(waiting(me)) == before + 5  # the list still shows what is too old to be counted
    mark_read(me.id or 0, waiting(me)[1:3], timezone.now())
    assert unread_count(me) == before + 2


def test_more_than_is_counted_is_not_counted() -> None:
    me = reader(hold("handler", Organisation.objects.order_by("id")[0].id))
    for n in range(COUNT_TO + 5):
        tell(f"t:{n}", post="handler")
    assert unread_count(me) == COUNT_TO + 1


def test_who_holds_no_post_reads_what_is_for_them() -> None:
    me = reader()
    tell("t:me", person=me.id)
    assert unread_count(me) >= 1


def test_pages_of_notices_hold_each_once_newest_first() -> None:
    one, two = Organisation.objects.order_by("id").values_list("id", flat=True)[:2]
    me = reader(hold("handler", one), hold("crew", two))
    other = Person.objects.order_by("id").values_list("id", flat=True)[1]
    ways: list[dict[str, object]] = [
        {"person": me.id},
        {"person": other},
        {"post": "handler"},
        {"post": "dispatcher"},
        {"post": "handler", "organisation": one},
        {"post": "handler", "organisation": two},
        {"organisation": two},
        {"post": "crew", "organisation": two},
    ]
    for n in range(60):
        tell(f"t:{n}", days=n % 7, **ways[n % len(ways)])  # of one day there are many
    everything = sorted(Notice.objects.values_list("id", flat=True))
    mine = set(mine_among(me, everything))
    wanted = [
        id_ for id_ in Notice.objects.order_by("-at", "-id").values_list("id", flat=True) if id_ in mine
    ]
    found: list[int] = []
    before: int | None = None
    while True:
        rows, before = notices(me, before=before, limit=7)
        found += [row["id"] for row in rows]
        if before is None:
            break
    assert found == wanted and len(found) >= 30
