"""How far a report has come, as its reporter may know it: no staff, no caller, no words meant for the inside."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.kernel.flow import store
from baoji.kernel.worktime.clock import Light
from baoji.systems.urban.queries.cases import load_by_id
from baoji.systems.urban.queries.merged import of_whole
from baoji.systems.urban.queries.view import clock_light

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
    """`merged_from` is the number the report had before it was united with `loaded`."""

    loaded: store.Loaded
    happened: list[Happened]
    light: Light | str | None
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
    """A case that was merged is followed where it went."""
    loaded = load_by_id(case_id)
    merged_from = ""
    if loaded.case.status == "merged":
        merged_from, loaded = loaded.case.number, load_by_id(root_of(case_id))
    return Progress(loaded, _happened(loaded.case.pk), clock_light(loaded.case, now), merged_from)


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
