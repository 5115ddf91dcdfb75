"""What people are called: asked for with every case that is shown, and changed seldom."""

from collections.abc import Iterable

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot

Name = tuple[str, str]  # code, name
NOBODY: tuple[None, None] = (None, None)
_named: Snapshot[dict[int | None, Name]] = Snapshot(dict, "people")


def named(ids: Iterable[int | None]) -> dict[int | None, Name]:
    """(code, name) by id of at least these people; None and who does not exist are left out."""
    known, wanted = _named(), set(ids)
    missing = [id_ for id_ in wanted if id_ is not None and id_ not in known]
    if missing:
        rows = sql.tuples("SELECT id, code, name FROM identity_person WHERE id = ANY(%s)", [missing])
        known |= {id_: (code, name) for id_, code, name in rows}
    return known


def code_of(person_id: int | None) -> str | None:
    """None for None, and for nobody."""
    return named([person_id]).get(person_id, NOBODY)[0]
