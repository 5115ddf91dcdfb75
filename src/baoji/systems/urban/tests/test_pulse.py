"""Whose desks changed, and which cases moved: of a few acts looked up one by one, of a bulk load told to everybody."""

import orjson
import pytest
from tests.town import case, event

from baoji.kernel.base import sql
from baoji.kernel.flow import pulse

pytestmark = pytest.mark.django_db
SEAL = """
INSERT INTO audit_seal (floor_id, xid_from, xid_to, entries, last_id, sealed_at, hash)
SELECT 0, 0, pg_current_xact_id()::text::bigint + 1, count(*), max(id), now(), '' FROM audit_entry
"""


@pytest.mark.parametrize("are_many", [False, True])
def test_the_moved_cases_are_known_however_many(monkeypatch: pytest.MonkeyPatch, are_many: bool) -> None:
    moved = sorted(case(event()).pk for _n in range(3))
    before = pulse.last_seal()
    sql.execute(SEAL)
    told: list[list[str]] = []
    monkeypatch.setattr(sql, "value", lambda _statement, given: told.append(given))
    if are_many:
        monkeypatch.setattr(pulse, "MANY", 2)
    newest, touched = pulse.tell(before)
    assert newest > before and touched == moved
    ((channel, body),) = told
    assert channel == pulse.CHANNEL
    assert orjson.loads(body) == ["all"] if are_many else "post:acceptor" in orjson.loads(body)
