"""What posts are called, in the reader's language."""

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.names import in_english, org_name
from baoji.kernel.organisations.queries import organisations


def _load() -> dict[tuple[str, int], tuple[str, str]]:
    rows = sql.tuples("SELECT kind, organisation_id, name, name_en FROM organisations_post")
    return {(kind, org): (name, name_en or name) for kind, org, name, name_en in rows}


names = Snapshot(_load, "organisations", "people", "day")


def post_name(kind: str, org_id: int) -> str:
    found = names().get((kind, org_id), (kind, kind))
    return found[1] if in_english() else found[0]


def post_words(caller: Caller) -> str:
    """The person's own first post; departments are named, the centres' desks speak for themselves."""
    hold = next((hold for hold in caller.holds if hold.lender is None), None) or next(
        iter(caller.holds), None
    )
    if hold is None:
        return ""
    name = post_name(hold.kind, hold.org_id)
    org = organisations().known.get(hold.body_id) if hold.side == "department" else None
    return f"{org_name(org, short=True)} {name}" if org else name
