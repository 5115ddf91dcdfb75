"""What the journal keeps of an act, so that `audit verify` can hold the case and its records against it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

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


def digest_of(salt: str, record: Mapping[str, Any]) -> str:
    return row_digest(salt, [record.get(name) for name in DIGESTED])


def salted(case: Any, text: str) -> str:
    """A hash that only the case's salt can tie to the text: personal words stay out of the journal."""
    return sha256(f"{case.salt}\n{text}".encode()).hexdigest() if text else ""


def journal_facts(case: Case, left: str, to: str, opinion: str, files: list[int]) -> dict[str, Any]:
    """What the journal keeps of an act, besides who, when and the record's id. `files` are ids of kept files."""
    return {
        "from": left,
        "to": to,
        "version": case.version,
        "status": case.status,
        "holder": case.holder_post or case.holder_org_id or case.holder_person_id,
        "due": case.due_at,
        "opinion": salted(case, opinion),
        "files": files,
    }
