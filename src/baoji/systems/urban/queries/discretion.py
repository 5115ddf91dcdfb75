"""Who called stays between them and supervision: what others read and search is without the caller's name and numbers."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access
from baoji.systems.urban.queries.attachments import CALLS
from baoji.systems.urban.rules.redaction import REACH, unnamed, unreachable

# Posts of whom a report is about their own trouble: what they write says how to reach them, as the report itself.
_OWN_POSTS = frozenset({"citizen", "reporter"})
# Facts that somebody wrote; codes and times among the others stay whatever a caller says their name is.
_WRITTEN = ("condition", "reason", "opinion", "address")
# What a description says to who may not see the caller, as `unreachable` makes it; `r` is the report.
HEARD = (
    "regexp_replace(replace(replace(r.description, CASE WHEN length(r.caller_name) > 1 THEN r.caller_name ELSE '' END, '***'),"
    " r.caller_phone, '***'), %(reach)s, '***', 'g')"
)
HEARD_PARAMS: dict[str, Any] = {"reach": REACH}
# What an address says to them, as `unnamed` makes it; `c` is the case.
_OWN_DIGITS = r"regexp_replace(regexp_replace(r.caller_phone, '\D', '', 'g'), '^(?:(?:00)?86(?=\d{11}$)|0(?=1\d{10}$))', '')"
_OWN_NUMBER = rf"regexp_replace({_OWN_DIGITS}, '(\d)(?=\d)', '\1[\\s-]?', 'g')"
PLACED = (
    "CASE WHEN length(regexp_replace(r.caller_phone, '\\D', '', 'g')) < 5 THEN {named}"
    " ELSE regexp_replace({named}, '\\+?(?:\\d[\\s-]?)*' || {number} || '(?:[\\s-]?\\d)*', '***', 'g') END"
).format(
    named="replace(c.address, CASE WHEN length(r.caller_name) > 1 THEN r.caller_name ELSE '' END, '***')",
    number=_OWN_NUMBER,
)


# Who stayed at the place of a case (守候): what a watch writes down of itself names them.
WATCHERS = """
SELECT DISTINCT p.name FROM urban_stay s JOIN identity_person p ON p.id = s.person_id WHERE s.number = %s
"""
BY_A_WATCH = "opinion"


def watchers(number: str) -> list[str]:
    """Their names, the longest first."""
    return sorted((name for (name,) in sql.tuples(WATCHERS, [number])), key=len, reverse=True)


def without_watchers(caller: Caller, number: str, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The acts of a case; a reader who may not know who is in the street finds no names of theirs in opinions either."""
    told = [one for one in entries if one["act"] == BY_A_WATCH and one["opinion"]]
    if not told or access.may_see_watchers(caller):
        return entries
    names = watchers(number)
    for entry in told:
        for name in names:
            entry["opinion"] = entry["opinion"].replace(name, _("现场人员"))
    return entries


def reported(caller: Caller, source: str, words: str, name: str, phone: str) -> str:
    """A report's own words for this reader: without how to reach who said them, unless the reader may see the caller."""
    if source not in CALLS or access.may_see_caller(caller):
        return words
    return unreachable(words, [name, phone])


def written(caller: Caller, words: str, name: str, phone: str) -> str:
    """What somebody else wrote about the case, for this reader."""
    if not (name or phone) or access.may_see_caller(caller):
        return words
    return unnamed(words, name, phone)


CALLERS = """
SELECT c.number, r.caller_name, r.caller_phone FROM flow_case c JOIN urban_report r ON r.case_id = c.id
 WHERE c.number = ANY(%s) AND r.caller_name || r.caller_phone <> ''
"""


def places(caller: Caller, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of cases, each with number and address, whose addresses this reader may read; callers are looked up for who may not know them."""
    if access.may_see_caller(caller) or not rows:
        return rows
    found = sql.tuples(CALLERS, [[row["number"] for row in rows]])
    known = {number: (name, phone) for number, name, phone in found}
    return [row | {"address": unnamed(row["address"], *known.get(row["number"], ("", "")))} for row in rows]


def one_act(caller: Caller, row: dict[str, Any]) -> str:
    """The opinion of an act in a list, for this reader; `row` has act, opinion, source, caller_name, caller_phone."""
    name, phone = row["caller_name"], row["caller_phone"]
    if row["act"] == "report":
        return reported(caller, row["source"], row["opinion"], name, phone)
    return written(caller, row["opinion"], name, phone)


def without_caller(caller: Caller, source: str, extra: dict[str, Any], shown: dict[str, Any]) -> None:
    """Takes the caller out of all words of a case that is shown to this reader: of the report, of acts and of what they ask for.

    What others write afterwards loses the caller's name and number only: a department's own numbers are for those who do the work.
    """
    name, phone = extra["caller_name"], extra["caller_phone"]
    is_call, is_known = source in CALLS, bool(name or phone)
    if not (is_call or is_known) or access.may_see_caller(caller):
        return
    if is_call:
        shown["description"] = unreachable(shown["description"], [name, phone])
        for entry in shown["timeline"]:
            if entry["opinion"] and (entry["act"] == "report" or entry["post"] in _OWN_POSTS):
                entry["opinion"] = unreachable(entry["opinion"], [name, phone])
    if is_known:
        _without_name(shown, lambda words: unnamed(words, name, phone))


def _without_name(shown: dict[str, Any], told: Callable[[str], str]) -> None:
    for entry in shown["timeline"]:
        facts = _each(entry["facts"], told)
        if isinstance(facts.get("before"), dict):
            facts["before"] = _each(facts["before"], told)
        entry.update(_each(entry, told), facts=facts)
    shown["pending"] = {what: _each(asked, told) for what, asked in shown["pending"].items()}
    shown["closing"] = _each(shown["closing"], told) if shown["closing"] else None


def _each(facts: dict[str, Any], told: Callable[[str], str]) -> dict[str, Any]:
    return facts | {name: told(facts[name]) for name in _WRITTEN if isinstance(facts.get(name), str)}
