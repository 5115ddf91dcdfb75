"""Brings a table to what the city's files say without losing what operators changed in the pages.

For every row three states are compared by digest: what the file wants, what the table has, and what the last load
left there. A row that still is as the last load left it follows the file; any other row is the operator's and is kept.
Rows are compared in their natural form: foreign keys as the codes they stand for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

VERDICTS = ("add", "change", "retire", "kept", "gone", "same", "own")
LOADED = "urban_loaded_row"


@dataclass(frozen=True, slots=True)
class Column:
    """`ref` makes it a foreign key: a query giving `id` and `key`, the text by which a row names its target.

    `later` marks a text column of a later version: an empty one leaves the digest as earlier loads remember it,
    so that an upgrade does not make every row look edited.
    """

    name: str
    type: str = "text"
    ref: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a table takes part. `new` are values of columns that only a new row gets; `retire` is the SET clause for
    a row that left the file ("delete": it goes, "": it stays), with `spare` only for rows `t` of which that holds, the
    others go; `live` says which rows of the table take part;
    `order` sorts new rows; with `replaces`, a changed row is retired and stands beside its successor."""

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    new: Mapping[str, str] = field(default_factory=dict)
    retire: str = "delete"
    spare: str = ""
    live: str = "true"
    order: str = "w.ord"
    replaces: bool = False

    @property
    def want(self) -> str:
        return f"want_{self.name}"

    @property
    def diff(self) -> str:
        return f"diff_{self.name}"

    @property
    def names_itself(self) -> bool:
        return any(f"FROM {self.table} " in f"{column.ref} " for column in self.columns)


@dataclass(frozen=True, slots=True)
class Change:
    """What a load does to one table. `kept` are rows that an operator edited, `gone` those an operator removed."""

    name: str
    added: int = 0
    changed: int = 0
    retired: int = 0
    kept: int = 0
    same: int = 0
    kept_rows: tuple[str, ...] = ()

    @property
    def is_any(self) -> bool:
        return self.touched > 0

    @property
    def touched(self) -> int:
        return self.added + self.changed + self.retired


def stage(sheet: Sheet, rows: Iterable[tuple[Any, ...]]) -> None:
    """Puts the wanted rows, in the order of `sheet.columns`, into a table of this transaction."""
    columns = ", ".join(f"{column.name} {column.type}" for column in sheet.columns)
    names = ", ".join(column.name for column in sheet.columns)
    _run(f"DROP TABLE IF EXISTS {sheet.want}")
    _run(
        f"CREATE TEMP TABLE {sheet.want} (ord bigint GENERATED ALWAYS AS IDENTITY, {columns}) ON COMMIT DROP"
    )
    copy_rows(f"{sheet.want} ({names})", rows)
    _run(f"ANALYZE {sheet.want}")


def compare(sheet: Sheet, *, overwrite: bool) -> Change:
    """Gives each row its verdict. Writes nothing but tables of this transaction."""
    _run(f"DROP TABLE IF EXISTS {sheet.diff}")
    _run(
        f"""
        CREATE TEMP TABLE {sheet.diff} ON COMMIT DROP AS
        SELECT k, w.ord, h.id, w.d, CASE
            WHEN h.id IS NULL THEN CASE WHEN l.key IS NULL OR {overwrite} THEN 'add' ELSE 'gone' END
            WHEN w.ord IS NULL THEN CASE
                WHEN l.key IS NULL THEN 'own'
                WHEN l.retired THEN CASE WHEN l.digest = h.d THEN 'same' ELSE 'own' END
                WHEN l.digest = h.d OR {overwrite} THEN 'retire' ELSE 'kept' END
            WHEN w.d = h.d THEN 'same'
            WHEN l.digest = h.d OR {overwrite} THEN 'change' ELSE 'kept' END AS verdict
        FROM (SELECT w.ord, {_key(sheet, "w")} AS k, {_digest(sheet, "w")} AS d FROM {sheet.want} w) w
        FULL JOIN ({_present(sheet)}) h USING (k)
        LEFT JOIN (SELECT key, digest, retired FROM {LOADED} WHERE sheet = %s) l ON l.key = k
        """,
        [sheet.name],
    )
    counts = {verdict: 0 for verdict in VERDICTS}
    counts.update(_rows(f"SELECT verdict, count(*) FROM {sheet.diff} GROUP BY verdict"))
    if sheet.retire == "":
        counts["retire"] = 0
    kept = _rows(f"SELECT k FROM {sheet.diff} WHERE verdict IN ('kept', 'gone') ORDER BY k LIMIT 20")
    return Change(
        sheet.name,
        added=counts["add"],
        changed=counts["change"],
        retired=counts["retire"],
        kept=counts["kept"] + counts["gone"],
        same=counts["same"],
        kept_rows=tuple(k for (k,) in kept),
    )


def apply(sheet: Sheet) -> None:
    """Carries out the verdicts of `compare`, and remembers what it leaves behind."""
    _retire(sheet, "retire")
    if sheet.replaces:
        _retire(sheet, "change")
        _insert(sheet, ("add", "change"))
    else:
        _insert(sheet, ("add",))
        _update(sheet, ("add", "change") if sheet.names_itself else ("change",))
    _remember(sheet)


def compare_whole(sheet: Sheet) -> Change:
    """For rows without a key: all that are there go, all that are wanted come."""
    ((added,),) = _rows(f"SELECT count(*) FROM {sheet.want}")
    ((retired,),) = _rows(f"SELECT count(*) FROM {sheet.table} t WHERE {sheet.live}")
    return Change(sheet.name, added=added, retired=retired)


def apply_whole(sheet: Sheet) -> None:
    names = ", ".join(column.name for column in sheet.columns)
    _run(f"DELETE FROM {sheet.table} t WHERE {sheet.live}")
    _run(f"INSERT INTO {sheet.table} ({names}) SELECT {names} FROM {sheet.want} w ORDER BY {sheet.order}")


def copy_rows(target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY into `table (columns)` on Django's own connection."""
    connection.ensure_connection()
    raw = connection.connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _retire(sheet: Sheet, verdict: str) -> None:
    chosen = f"(SELECT id FROM {sheet.diff} WHERE verdict = '{verdict}')"
    if sheet.retire == "delete":
        _run(f"DELETE FROM {sheet.table} WHERE id IN {chosen}")
        return
    if sheet.spare:
        _run(f"DELETE FROM {sheet.table} t WHERE id IN {chosen} AND NOT ({sheet.spare})")
    if sheet.retire:
        _run(f"UPDATE {sheet.table} SET {sheet.retire} WHERE id IN {chosen}")


def _insert(sheet: Sheet, verdicts: tuple[str, ...]) -> None:
    targets = [*(column.name + ("_id" if column.ref else "") for column in sheet.columns), *sheet.new]
    values = [*(_value(column, n) for n, column in enumerate(sheet.columns)), *sheet.new.values()]
    _run(
        f"INSERT INTO {sheet.table} ({', '.join(targets)}) SELECT {', '.join(values)} "
        f"FROM {sheet.want} w JOIN {sheet.diff} d USING (ord) {_joins(sheet, by_key=True)} "
        f"WHERE d.verdict = ANY(%s) ORDER BY {sheet.order}",
        [list(verdicts)],
    )


def _update(sheet: Sheet, verdicts: tuple[str, ...]) -> None:
    sets = [
        f"{column.name}{'_id' if column.ref else ''} = {_value(column, n)}"
        for n, column in enumerate(sheet.columns)
        if column.ref or column.name not in sheet.key
    ]
    if not sets or not _rows(f"SELECT 1 FROM {sheet.diff} WHERE verdict = ANY(%s) LIMIT 1", [list(verdicts)]):
        return
    _run(
        f"UPDATE {sheet.table} t SET {', '.join(sets)} FROM {sheet.want} w JOIN {sheet.diff} d USING (ord) "
        f"JOIN ({_present(sheet)}) p USING (k) {_joins(sheet, by_key=True)} "
        "WHERE t.id = p.id AND d.verdict = ANY(%s)",
        [list(verdicts)],
    )


def _remember(sheet: Sheet) -> None:
    _run(
        f"""
        INSERT INTO {LOADED} (sheet, key, digest, retired)
        SELECT %s, k, d, false FROM {sheet.diff} WHERE verdict IN ('add', 'change', 'same') AND ord IS NOT NULL
        ON CONFLICT (sheet, key) DO UPDATE SET digest = excluded.digest, retired = false
        WHERE {LOADED}.digest <> excluded.digest OR {LOADED}.retired
        """,
        [sheet.name],
    )
    if not sheet.retire:
        return
    retired = f"(SELECT k FROM {sheet.diff} WHERE verdict = 'retire')"
    _run(
        f"UPDATE {LOADED} l SET digest = p.d, retired = true FROM ({_present(sheet)}) p "
        f"WHERE l.sheet = %s AND l.key = p.k AND p.k IN {retired}",
        [sheet.name],
    )
    _run(f"DELETE FROM {LOADED} WHERE sheet = %s AND NOT retired AND key IN {retired}", [sheet.name])


def _present(sheet: Sheet) -> str:
    """The table's rows in natural form: id, k, d."""
    aliases = {column.name: f"r{n}.key" for n, column in enumerate(sheet.columns) if column.ref}
    key, digest = _key(sheet, "t", aliases), _digest(sheet, "t", aliases)
    return (
        f"SELECT t.id, {key} AS k, {digest} AS d FROM {sheet.table} t {_joins(sheet, by_key=False)} "
        f"WHERE {sheet.live}"
    )


def _joins(sheet: Sheet, *, by_key: bool) -> str:
    return " ".join(
        f"LEFT JOIN ({column.ref}) r{n} ON "
        + (f"r{n}.key = w.{column.name}" if by_key else f"r{n}.id = t.{column.name}_id")
        for n, column in enumerate(sheet.columns)
        if column.ref
    )


def _value(column: Column, n: int) -> str:
    return f"r{n}.id" if column.ref else f"w.{column.name}"


def _key(sheet: Sheet, alias: str, aliases: Mapping[str, str] | None = None) -> str:
    parts = [f"coalesce({(aliases or {}).get(name, f'{alias}.{name}')}::text, '')" for name in sheet.key]
    return f"concat_ws('|', {', '.join(parts)})"


def _digest(sheet: Sheet, alias: str, aliases: Mapping[str, str] | None = None) -> str:
    first = [
        (aliases or {}).get(column.name, f"{alias}.{column.name}")
        for column in sheet.columns
        if not column.later
    ]
    later = [
        f"coalesce('{column.name}=' || nullif({alias}.{column.name}, ''), '')"
        for column in sheet.columns
        if column.later
    ]
    row = f"ROW({', '.join(first)})::text"
    return f"md5({' || '.join([row, *later])})"


def _run(statement: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def _rows(statement: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def analyze(tables: Iterable[str]) -> None:
    for table in tables:
        _run(f"ANALYZE {table}")
