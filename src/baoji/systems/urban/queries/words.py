"""What reporters wrote, as far as strangers may read it: what waits for a person, and what a person has cleared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.keys import decoded, encoded
from baoji.systems.urban.queries.open311_services import settings
from baoji.systems.urban.rules.citizens import Place, Words, places, words_open
from baoji.systems.urban.rules.redaction import redacted

MANY = 999


def words_policy() -> Words:
    """Whose words strangers read, by the policy `open311`."""
    return words_open(settings()["words"])


def rough_topics() -> list[str]:
    """Classes of homes and people: their words are shown to nobody, whoever cleared them."""
    return [
        topic for topic, place in places(policies().get("public", {})).items() if place is not Place.EXACT
    ]


@dataclass(frozen=True)
class Written:
    """A reporter's words before a reviewer. `proposed` is what a program would show: without numbers, plates, doors and the sender's name."""

    case_id: int
    task: str
    number: str | None
    title: str
    original: str
    proposed: str
    state: str
    text: str
    edited: bool
    n: int
    by_id: int | None
    at: datetime | None
    key: str  # where the list goes on after this one


ONE = """
SELECT v.case_id, v.created_at, v.state, v.text, v.edited, v.n, v.by_id, v.at, c.number AS task, c.case_number AS number, c.title,
       r.description, r.caller_name, coalesce(o.media_url, '') AS media_url
  FROM urban_words_review v JOIN flow_case c ON c.id = v.case_id JOIN urban_report r ON r.case_id = v.case_id
  LEFT JOIN urban_open311_request o ON o.case_id = v.case_id
 WHERE {which} ORDER BY v.created_at DESC, v.case_id DESC LIMIT 1
"""


def original_of(description: str, media_url: str) -> str:
    """What a reporter wrote, without the address of a picture that a program named besides."""
    return "\n".join(description.removesuffix(media_url).strip().splitlines())


def next_words(after: str = "") -> Written | None:
    """The newest words waiting; with `after` (the `key` of another one) the newest of those older than it."""
    which = "v.state = 'waiting' AND c.topic <> ALL(%(rough)s)"
    params: dict[str, Any] = {"rough": rough_topics()}
    if place := _decoded(after):
        which += " AND (v.created_at, v.case_id) < (%(at)s::timestamptz, %(id)s::bigint)"
        params |= {"at": place[0], "id": place[1]}
    row = sql.row(ONE.format(which=which), params)
    return _written(row) if row else None


def written_words(task: str) -> Written:
    """Those of one case, whatever was said of them. Raises NotThere, also when strangers do not learn of the case."""
    row = sql.row(ONE.format(which="c.number = %(task)s"), {"task": task[:24].replace("\x00", "")})
    if row is None:
        raise NotThere(_("这件案卷没有要审核的文字"))
    return _written(row)


def _written(row: dict[str, Any]) -> Written:
    original = original_of(row["description"], row["media_url"])
    return Written(
        original=original,
        proposed=redacted(original, [row["caller_name"]]),
        key=encoded(row["created_at"], row["case_id"]),
        **{
            name: row[name] for name in ("case_id", "task", "number", "title", "state", "text", "edited", "n")
        },
        by_id=row["by_id"],
        at=row["at"],
    )


def _decoded(after: str) -> tuple[datetime, int] | None:
    """A key that is none begins at the newest again."""
    try:
        return decoded(after)
    except (ValueError, TypeError):
        return None


def waiting_words() -> int:
    """How many wait, exact to `MANY`."""
    return int(
        sql.value(
            "SELECT count(*) FROM (SELECT 1 FROM urban_words_review v JOIN flow_case c ON c.id = v.case_id"
            f" WHERE v.state = 'waiting' AND c.topic <> ALL(%s) LIMIT {MANY + 1}) x",
            [rough_topics()],
        )
    )


SHOWN = """
SELECT v.case_id, v.text, v.edited FROM urban_words_review v JOIN urban_public_case p ON p.case_id = v.case_id
 WHERE v.case_id = ANY(%(ids)s) AND v.state = 'shown' AND NOT p.coarse AND p.topic <> ALL(%(rough)s)
"""


def public_words(case_ids: Sequence[int]) -> dict[int, tuple[str, bool]]:
    """Case → what strangers read of its reporter's words, and whether it was edited; of public cases whose words a person has cleared."""
    if not case_ids or words_policy() is Words.NONE:
        return {}
    found = sql.tuples(SHOWN, {"ids": list(case_ids), "rough": rough_topics()})
    return {id_: (text, edited) for id_, text, edited in found}
