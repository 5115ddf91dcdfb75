"""The stories that bulk rows repeat: a few hundred cases played through the real actions in a transaction that is rolled back.

What stays is every state each of them went through, in temporary tables of this session.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from django.db import connection, transaction

from baoji.kernel.base import sql
from baoji.systems.urban.simulate.pictures import Album
from baoji.systems.urban.simulate.play import Play

TABLES = ("story_state", "story_report", "story_party", "story_timer", "story_record", "story_file")
# Reports come in for two weeks; afterwards what is open has four weeks to find its end.
REPORTING = timedelta(days=14)
ENDING = timedelta(days=28)


class _RolledBack(Exception):
    """Ends the play's transaction without keeping anything of it."""


@cache
def statement(name: str) -> str:
    return (files("baoji.systems.urban.simulate.bulk") / "sql" / f"{name}.sql").read_text()


def make_stories(reports_per_day: float, *, seed: int, now: datetime, say: Callable[[str], None]) -> int:
    """Plays the stories and leaves them in `TABLES`; how many acts they took."""
    Album(now)  # outside the transaction: attachments of bulk rows point at these pictures
    copies: dict[str, bytes] = {}
    acts = 0
    try:
        with transaction.atomic():
            make_tables()
            acts = _play(reports_per_day, seed, now, say)
            copies = {table: _copy_out(table) for table in TABLES}
            raise _RolledBack
    except _RolledBack:
        pass
    make_tables()
    for table, rows in copies.items():
        _copy_in(table, rows)
        sql.execute(f"ANALYZE {table}")
    return acts


def make_tables() -> None:
    for line in statement("story_tables").split(";\n"):
        if line.strip():
            sql.execute(line)


def _play(reports_per_day: float, seed: int, now: datetime, say: Callable[[str], None]) -> int:
    above = int(sql.value("SELECT coalesce(max(id), 0) FROM flow_case"))
    start = now - REPORTING - ENDING
    observe = statement("observe")

    def keep_state(case_id: int) -> None:
        sql.execute(observe, {"id": case_id})

    play = Play(
        seed=seed,
        reports_per_day=reports_per_day,
        start=start,
        apart=above,
        last_report=start + REPORTING,
        observe=keep_state,
    )
    told = [start]

    def before(at: datetime) -> bool:
        if at - told[0] > timedelta(days=7):
            told[0] = at
            say(f"  stories: {at:%m-%d}, {play.acts.total()} acts")
        return True

    play.run(now, before)
    sql.execute("INSERT INTO story_record SELECT * FROM flow_record WHERE case_id > %s", [above])
    sql.execute("INSERT INTO story_file SELECT * FROM flow_attachment WHERE case_id > %s", [above])
    return play.acts.total()


def _copy_out(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({_columns(table)}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def _copy_in(table: str, rows: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({_columns(table)}) FROM STDIN") as copy:
        copy.write(rows)


def _columns(table: str) -> str:
    found: str = sql.value(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    return found
