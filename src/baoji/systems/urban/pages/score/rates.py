"""全部指标: every rate of an object with its two numbers, each leading to exactly the cases that it counts."""

from typing import Any

from baoji.systems.urban.pages.score import words
from baoji.systems.urban.pages.score.asked import Asked
from baoji.systems.urban.pages.score.shown import cases_url
from baoji.systems.urban.queries.score import Score
from baoji.systems.urban.rules.score import RATES, Row

LEFT_OUT = ("exempted", "deferred")  # of no rate, and still to be seen


def every_rate(asked: Asked, row: Row) -> list[dict[str, Any]]:
    """`{title, percent, parts}` for each rate, numerator first; what is left out of all of them has its number alone."""
    rates = [
        {
            "title": words.RATE[name],
            "percent": words.percent(row.share(name)),
            "has_any": row.share(name) is not None,
            "parts": [_part(asked, row, top), _part(asked, row, bottom)],
        }
        for name, (top, bottom) in RATES.items()
    ]
    return [
        *rates,
        *({"title": words.FIGURE[name], "parts": [_part(asked, row, name)]} for name in LEFT_OUT),
    ]


def _part(asked: Asked, row: Row, figure: str) -> dict[str, Any]:
    n = row.counts.get(figure, 0)
    return {
        "text": f"{n:,}",
        "word": words.FIGURE[figure],
        "url": cases_url(asked, figure, row) if n else "",
    }


def opened(asked: Asked, found: Score, code: str) -> list[dict[str, Any]]:
    """Those of the row that is open; none while none is."""
    rows = found.departments if asked.by == "department" else found.areas
    row = next((one for one in rows if one.code == code), None) if code else None
    return every_rate(asked, row) if row is not None else []
