"""What an act leaves on another case than its own."""

from typing import Any

from baoji.kernel.flow import store
from baoji.kernel.flow.declare import Flow
from baoji.kernel.flow.journal import digest_of, journal_facts
from baoji.kernel.flow.run import Doing, author_of, counted, key_of


def mark_beside(flow: Flow, doing: Doing, other: store.Loaded, mark: str, facts: dict[str, Any]) -> None:
    """The trace that an act leaves on another case, which stays on its step: a record there, and its line in the journal.

    `other` is locked; what its case was given meanwhile is written with the trace.
    """
    case, at, here = other.case, max(doing.now, other.case.last_at), key_of(other.case)
    counted(case, at)
    record = author_of(flow, doing) | {
        "case_id": case.pk,
        "n": case.records,
        "act": mark,
        "at": at,
        "from_step": here,
        "to_step": here,
        "receiver_post": "",
        "receiver_org_id": None,
        "receiver_person_id": None,
        "opinion": "",
        "facts": facts,
        "used_s": 0,
        "due_at": case.due_at,
        "overdue": False,
    }
    journal = journal_facts(case, here, here, "", []) | {"row": digest_of(case.salt, record)}
    empty: dict[str, Any] = {
        "clear": [],
        "timers": {},
        "orgs": [],
        "people": [],
        "files": [],
        "stage": "other",
    }
    store.write_act(
        case, other.before, {**empty, "record": record, "created_at": case.created_at, "journal": journal}
    )
