"""Words typed into a search: a number, a phone, a component, or words of title, address and description."""

from dataclasses import dataclass

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access
from baoji.systems.urban.queries.attachments import CALLS
from baoji.systems.urban.queries.cases import column_for
from baoji.systems.urban.queries.discretion import HEARD, HEARD_PARAMS, PLACED
from baoji.systems.urban.queries.earlier import dialled, ways_to_write
from baoji.systems.urban.queries.list_query import ListQuery
from baoji.systems.urban.queries.list_roads import FEW
from baoji.systems.urban.rules.pairs import pairs_of

BY_PHONE = "SELECT case_id FROM urban_report WHERE caller_phone = ANY(%s::varchar[]) AND caller_phone <> ''"


@dataclass(frozen=True)
class Meant:
    """`ids` are all cases that can be meant, if they are few; `terms` are to be found in the text itself."""

    ids: list[int] | None = None
    terms: tuple[str, ...] = ()


def meant(reader: Caller, words: str) -> Meant:
    """Looks the words up where an index has them; words of many cases are left to be looked for along the list."""
    words = words.replace("\x00", "").strip()
    if not words:
        return Meant()
    column, key = column_for(words)
    digits = dialled(words)
    if column == "case_number" or (words[:1] in "Tt" and digits[1:].isdigit()):
        return Meant(_few(f"SELECT id FROM flow_case WHERE {column} = %s", key))
    if digits.isdigit() and len(digits) == 16:
        return Meant(
            _few("SELECT case_id FROM urban_report WHERE component = %s AND component <> ''", digits)
        )
    if digits.isdigit() and len(digits) >= 7 and access.may_see_caller(reader):
        return Meant(_few(BY_PHONE, ways_to_write(digits)))
    terms = tuple(words.split()[:8])
    pairs = sorted({pair for term in terms for pair in pairs_of(term)})
    ids = _few("SELECT case_id FROM urban_search WHERE pairs @> %s::varchar[]", pairs) if pairs else None
    return Meant(ids if ids is not None and len(ids) <= FEW else None, terms)


def _few(statement: str, key: str | list[str]) -> list[int]:
    return [row[0] for row in sql.tuples(f"{statement} LIMIT {FEW + 1}", [key])]


def narrow_words(query: ListQuery, reader: Caller, terms: tuple[str, ...]) -> None:
    """Each word stands in title, address or description; pairs of characters found it, the text itself confirms it.

    Who may not see the caller is not told by a search either: for them a word counts where they would read it. The text as it
    was written is looked at first, so that only what has the word in it is made readable.
    """
    if not terms:
        return
    described, placed = "r.description ILIKE %(w{n})s", "c.address ILIKE %(w{n})s"
    if not access.may_see_caller(reader):
        described += f" AND (c.source <> ALL(%(calls)s::text[]) OR {HEARD} ILIKE %(w{{n}})s)"
        placed += f" AND (r.caller_name || r.caller_phone = '' OR {PLACED} ILIKE %(w{{n}})s)"
        query.params |= {"calls": sorted(CALLS), **HEARD_PARAMS}
    for n, term in enumerate(terms):
        pattern = "%" + term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query.where(
            f"(c.title ILIKE %(w{n})s OR ({placed.replace('{n}', str(n))}) OR ({described.replace('{n}', str(n))}))",
            **{f"w{n}": pattern},
        )
