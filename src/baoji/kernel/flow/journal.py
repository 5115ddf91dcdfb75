"""What the journal keeps of an act, so that `audit verify` can hold the case and its records against it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Any

import orjson

from baoji.kernel.audit.digest import row_digest
from baoji.kernel.flow.models import Case

# The columns of a record that the journal's other facts do not repeat; `audit verify` digests the same ones.
DIGESTED = (
    "on_behalf_of_id",
    "post",
    "side",
    "org_id",
    "receiver_post",
    "receiver_org_id",
    "receiver_person_id",
    "facts",
    "used_s",
    "due_at",
    "overdue",
)
SHORT = 32  # 128 bits do against a second text with the same digest, and every entry carries two
# Columns of a case that figures, deadlines and rights are reckoned from; `state_digest` covers them after each act.
_PLAIN = (
    "limit_value",
    "limit_unit",
    "body_id",
    "reporter_id",
    "topic",
    "area",
    "severity",
    "case_number",
    "clock",
    "clock_limit_s",
    "clock_used_s",
    "clock_credit_s",
    "returns",
    "rework",
    "extensions",
    "reopenings",
    "deferred",
    "exempt",
    "scored",
)
_TIMES = ("clock_since", "clock_due_at", "created_at", "dispatched_at", "answered_at", "closed_at")
STATE = _PLAIN + _TIMES
_state = itemgetter(*STATE)


def digest_of(salt: str, record: Mapping[str, Any]) -> str:
    return row_digest(salt, [record.get(name) for name in DIGESTED])


def state_digest(salt: str, values: Sequence[Any]) -> str:
    """`values` are those of `STATE`, in that order. Every act pays for this: no zones, no decimals, one pass."""
    limit, *plain = values[: len(_PLAIN)]
    text = orjson.dumps(
        (
            limit if limit is None else float(limit),
            plain,
            [at if at is None else at.timestamp() for at in values[len(_PLAIN) :]],
        )
    )
    return sha256(salt.encode() + b"\n" + text).hexdigest()[:SHORT]


def words_digest(salt: str, values: Sequence[Any]) -> str:
    """Over what a case's system says of it besides (`Business.witnessed`)."""
    return row_digest(salt, values)[:SHORT]


def salted(case: Any, text: str) -> str:
    """A hash that only the case's salt can tie to the text: personal words stay out of the journal."""
    return sha256(f"{case.salt}\n{text}".encode()).hexdigest() if text else ""


def journal_facts(
    case: Case, left: str, to: str, opinion: str, files: list[int], words: Sequence[Any] | None = None
) -> dict[str, Any]:
    """What the journal keeps of an act, besides who, when and the record's id.

    `files` are ids of kept files; `words` what the case's system says of it besides, or None if the act left that alone.
    """
    told: dict[str, Any] = {} if words is None else {"words": words_digest(case.salt, words)}
    return told | {
        "state": state_digest(case.salt, _state(case.__dict__)),
        "from": left,
        "to": to,
        "version": case.version,
        "status": case.status,
        "holder": case.holder_post or case.holder_org_id or case.holder_person_id,
        "due": case.due_at,
        "opinion": salted(case, opinion),
        "files": files,
    }
