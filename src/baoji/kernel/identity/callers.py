"""Who is calling: the person, the posts they hold and whom they stand in for; loaded in one go and kept for a moment."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from time import monotonic
from typing import NamedTuple

from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import versions
from baoji.kernel.organisations.queries import organisations


class Hold(NamedTuple):
    """A post somebody holds, by themselves or for `principal`.

    A `deputy` holds the post as well, and what they do there is done for whoever alone holds it otherwise.
    """

    kind: str
    side: str
    door: str
    org_id: int
    body_id: int
    path: tuple[int, ...]
    principal: int | None = None
    deputy: bool = False

    @property
    def lender(self) -> int | None:
        """Who lent the post for a while (代理), and with it what waits for them as a person; None for one's own."""
        return None if self.deputy else self.principal


@dataclass(frozen=True)
class Caller:
    """A signed-in person, or the system itself (`id` None). Nothing here is secret."""

    id: int | None
    code: str
    name: str
    holds: tuple[Hold, ...]

    def kinds(self) -> frozenset[str]:
        """Posts held in any way: as their own, as a deputy, for somebody away."""
        return frozenset(hold.kind for hold in self.holds)

    def own_kinds(self) -> frozenset[str]:
        """Without those that somebody lent for a while."""
        return frozenset(hold.kind for hold in self.holds if hold.lender is None)


SYSTEM = Caller(None, "system", "系统", ())

_HOLDS = """
SELECT t.kind, t.side, t.door, t.organisation_id, h.principal, h.deputy
  FROM (
    SELECT post_id, CASE WHEN deputy THEN (
             SELECT min(o.person_id) FROM identity_holding o WHERE o.post_id = own.post_id AND NOT o.deputy AND o.person_id <> own.person_id
                AND (o.since IS NULL OR o.since <= %(today)s) AND (o.until IS NULL OR o.until >= %(today)s) HAVING count(*) = 1
           ) END AS principal, deputy FROM identity_holding own
     WHERE person_id = %(id)s AND (since IS NULL OR since <= %(today)s) AND (until IS NULL OR until >= %(today)s)
    UNION ALL
    SELECT h.post_id, d.principal_id, false FROM identity_delegation d JOIN identity_holding h ON h.person_id = d.principal_id
     WHERE d.deputy_id = %(id)s AND %(now)s BETWEEN d.starts_at AND d.ends_at
       AND (h.since IS NULL OR h.since <= %(today)s) AND (h.until IS NULL OR h.until >= %(today)s)
  ) h JOIN organisations_post t ON t.id = h.post_id
 ORDER BY CASE WHEN NOT h.deputy THEN h.principal END NULLS FIRST, t.kind
"""
_KEEP = 4096
_people: dict[int, Caller | None] = {}
_tokens: dict[str, tuple[int, datetime | None]] = {}
_kept_for: tuple[tuple[int, ...], int] = ((), 0)


def _fresh() -> tuple[dict[int, Caller | None], dict[str, tuple[int, datetime | None]]]:
    """What is kept of people and tokens: begun anew when people or organisations changed, and every minute for what time alone
    changes. Whoever has read before that, in another thread, writes into what nobody looks at any more."""
    global _kept_for, _people, _tokens
    now = (versions("people", "organisations"), int(monotonic() // 60))
    if now != _kept_for or len(_people) > _KEEP or len(_tokens) > _KEEP:
        _people, _tokens, _kept_for = {}, {}, now
    return _people, _tokens


def caller(person_id: int) -> Caller | None:
    """The active person with this id, or None."""
    people, _ = _fresh()
    if person_id not in people:
        people[person_id] = _load(person_id)
    return people[person_id]


def _load(person_id: int) -> Caller | None:
    person = sql.row("SELECT id, code, name FROM identity_person WHERE id = %s AND is_active", [person_id])
    if person is None:
        return None
    tree, now, holds = organisations(), timezone.now(), []
    # The city's day: the database's own, in UTC, changes eight hours later.
    asked = {"id": person_id, "now": now, "today": timezone.localdate(now)}
    for kind, side, door, org_id, principal, deputy in sql.tuples(_HOLDS, asked):
        org = tree.by_id.get(org_id)
        if org is not None:
            holds.append(Hold(kind, side, door, org_id, org.body_id, org.path, principal, deputy))
    return Caller(person["id"], person["code"], person["name"], tuple(holds))


def digest(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def caller_by_token(token: str, now: datetime) -> Caller | None:
    """The person whose live token this is, or None."""
    _, tokens = _fresh()
    key = digest(token)
    if key not in tokens:
        row = sql.row(
            "SELECT person_id, expires_at FROM identity_token WHERE digest = %s AND revoked_at IS NULL", [key]
        )
        if row is None:
            return None
        tokens[key] = (row["person_id"], row["expires_at"])
    person_id, expires_at = tokens[key]
    return None if expires_at is not None and expires_at <= now else caller(person_id)


def caller_by_code(code: str) -> Caller | None:
    """The active person with this code, or None."""
    id_ = sql.value("SELECT id FROM identity_person WHERE code = %s", [code])
    return caller(id_) if id_ else None


def new_token(person_id: int, label: str, expires_at: datetime | None = None) -> str:
    """Makes a token and returns it; only its hash is kept."""
    token = f"bj_{token_urlsafe(32)}"
    sql.execute(
        "INSERT INTO identity_token (digest, person_id, label, created_at, expires_at) VALUES (%s, %s, %s, now(), %s)",
        [digest(token), person_id, label, expires_at],
    )
    return token
