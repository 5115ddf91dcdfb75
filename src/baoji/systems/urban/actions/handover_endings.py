"""转办 from 12345 and 110: what became of their orders."""

from baoji.kernel.base import sql
from baoji.kernel.base.phrases import strung
from baoji.kernel.flow.run import Doing
from baoji.systems.urban.actions.handover_posting import queue
from baoji.systems.urban.queries.view import merged_cases
from baoji.systems.urban.rules import handover as rules


def tell_platforms(doing: Doing) -> None:
    """After an act that ends a case, or opens it again: the platforms that handed it to us are told, in the same transaction."""
    case, act = doing.case, doing.act.name
    if act not in rules.ENDINGS:
        return
    merged = [id_ for id_, _number in merged_cases(case)]
    if "hotline" not in {case.source, *_sources(merged)}:
        return
    for row in sql.rows(_HANDED_IN, [[case.pk, *merged]]):
        n = 1 + int(
            sql.value(
                "SELECT count(*) FROM urban_handover_out WHERE handover_id = %s AND kind = 'result'",
                [row["id"]],
            )
        )
        told = rules.result(
            number=row["number"],
            theirs=row["their_number"],
            ended=rules.ENDINGS[act],
            text=_told(doing),
            ended_at=doing.now,
            n=n,
            sent_at=doing.now,
        )
        queue(row["id"], row["platform"], told, doing.now, n=n)
        sql.execute(
            "UPDATE urban_handover SET state = 'done', done_at = %s WHERE id = %s", [doing.now, row["id"]]
        )


_HANDED_IN = """
SELECT h.id, h.platform, h.their_number, c.number FROM urban_handover h JOIN flow_case c ON c.id = h.case_id
 WHERE h.direction = 'in' AND h.state IN ('accepted', 'done') AND h.case_id = ANY(%s) ORDER BY h.id
"""


def _sources(case_ids: list[int]) -> list[str]:
    """The doors by which these came in."""
    if not case_ids:
        return []
    rows = sql.tuples("SELECT DISTINCT source FROM flow_case WHERE id = ANY(%s)", [case_ids])
    return [source for (source,) in rows]


def _told(doing: Doing) -> str:
    closing = doing.case.closing or {}
    parts = [str(closing.get("condition", "")) if doing.act.name == "close" else "", doing.opinion]
    return strung(part for part in parts if part)[:500]
