"""How far a report has come, as its reporter may know it: no staff, no caller, no words meant for the inside."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.kernel.flow import store
from baoji.kernel.worktime.clock import Light
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.cases import load_by_id
from baoji.systems.urban.queries.merged import of_whole
from baoji.systems.urban.queries.view import clock_light
from baoji.systems.urban.queries.words import rough_topics
from baoji.systems.urban.rules.redaction import redacted, unnamed

CODE_LENGTH = 10
# Acts whose words are written for the reporter.
TOLD = frozenset({"reject", "decline", "void", "settle", "close", "withdraw"})
# Acts among offices, of which a reporter learns nothing.
INSIDE = frozenset(
    {
        "take",
        "opinion",
        "reply",
        "urge",
        "supervise",
        "correct",
        "appeal",
        "appeal_decide",
        "extend_request",
        "suspend_request",
        "pass_on",
        "co_answer",
        "unmerge",
        "ask",
        "tell",
        "also_not_fixed",
    }
)


@dataclass(frozen=True)
class Happened:
    """One act. `opinion` is empty unless it was written for the reporter; `org_id` is the responsible body dispatched to."""

    act: str
    at: datetime
    side: str
    to: str
    org_id: int | None
    opinion: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Progress:
    """`merged_from` is the number the report had before it was united with `loaded`; `closing` is the condition under which
    it was closed. `address`, `closing` and the opinions are as far as the reader may know them."""

    loaded: store.Loaded
    happened: list[Happened]
    light: Light | str | None
    address: str
    closing: str
    merged_from: str = ""


def canonical_code(text: str) -> str:
    """A query code as people type it: spaces, dashes and small letters do not matter."""
    return "".join(letter for letter in text.upper() if letter.isalnum())[:20]


def case_with_code(code: str) -> int:
    """The id of the case that this query code opens. Raises NotThere."""
    code = canonical_code(code)
    row = None
    if len(code) == CODE_LENGTH and code.isascii():
        row = sql.row(
            "SELECT case_id, query_code FROM urban_report WHERE query_code = %s AND query_code <> ''", [code]
        )
    if row is None or not compare_digest(row["query_code"], code):
        raise NotThere(_("没有这个查询码，请检查有没有输错"))
    return int(row["case_id"])


ROOT = f"SELECT {of_whole('c', 'id')} FROM flow_case c WHERE c.id = %s"


def root_of(case_id: int) -> int:
    """The case where this one goes on: itself, or the one it was merged into."""
    return int(sql.value(ROOT, [case_id]) or case_id)


def progress(case_id: int, now: datetime) -> Progress:
    """For who reported it. A case that was merged is followed where it went: what somebody else typed there is not shown,
    and what was written to them names nobody."""
    loaded = own = load_by_id(case_id)
    if own.case.status == "merged":
        loaded = load_by_id(root_of(case_id))
    case = loaded.case
    closing = str((case.closing or {}).get("condition", ""))
    light = clock_light(case, now)
    found = Progress(loaded, _happened(case.pk), light, own.case.address, closing)
    if own is loaded:
        return found
    found = _retold(found, lambda words: redacted(words, [loaded.extra["caller_name"]]))
    return replace(found, merged_from=own.case.number)


ADDRESS = "SELECT address FROM urban_public_case WHERE case_id = %s AND NOT coarse AND topic <> ALL(%s)"


def public_progress(case_id: int, now: datetime) -> Progress:
    """For who only joined in, which any stranger can: the address as the public list has it, no words but official ones."""
    found = progress(case_id, now)
    known = book().by_id.get(found.loaded.extra["condition_id"] or 0)
    official = {known.closing, known.closing_en} if known else set()
    address = sql.value(ADDRESS, [found.loaded.case.pk, rough_topics()]) or ""
    found = _retold(found, lambda words: words if words in official else "")
    return replace(found, address=str(address))


def working_progress(case_id: int, now: datetime) -> Progress:
    """For those who do the work: all but the name and number of who called, here and where the case went."""
    found = progress(case_id, now)
    callers = [found.loaded.extra, *([load_by_id(case_id).extra] if found.merged_from else ())]

    def told(words: str) -> str:
        for one in callers:
            words = unnamed(words, one["caller_name"], one["caller_phone"])
        return words

    return replace(_retold(found, told), address=told(found.address))


def _retold(found: Progress, told: Callable[[str], str]) -> Progress:
    happened = [replace(one, opinion=told(one.opinion)) for one in found.happened]
    return replace(found, happened=happened, closing=told(found.closing))


def _happened(case_id: int) -> list[Happened]:
    rows = sql.rows(
        "SELECT act, at, side, to_step, receiver_org_id, opinion, facts::text AS facts FROM flow_record WHERE case_id = %s ORDER BY n",
        [case_id],
    )
    return [
        Happened(
            row["act"],
            row["at"],
            row["side"],
            row["to_step"],
            row["receiver_org_id"],
            row["opinion"] if row["act"] in TOLD else "",
            orjson.loads(row["facts"]) if row["facts"] else {},
        )
        for row in rows
        if row["act"] not in INSIDE
    ]
