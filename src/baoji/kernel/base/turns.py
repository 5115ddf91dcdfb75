"""One at a time of all processes, without a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from baoji.kernel.base import sql

_TAKE = "SELECT pg_try_advisory_lock(hashtext(%s), (%s::bigint %% 2147483647)::int)"
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtext(%s), (%s::bigint %% 2147483647)::int)"


@contextmanager
def turn(what: str, number: int) -> Iterator[bool]:
    """Whether nobody else is at this one; ours until the end, or until our connection is lost.

    For whoever asks another machine: a transaction that waits for its answer holds back the journal's seals, and with them
    live updates, for everybody.
    """
    is_ours = bool(sql.value(_TAKE, [what, number]))
    try:
        yield is_ours
    finally:
        if is_ours:
            sql.value(_GIVE_BACK, [what, number])
