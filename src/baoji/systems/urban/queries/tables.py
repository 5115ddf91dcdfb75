"""Short tables for choosing from: bodies to dispatch to, classes with their conditions."""

from typing import Any

from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.access import BODY_KINDS
from baoji.systems.urban.queries.book import book


def bodies(words: str = "", limit: int = 300) -> list[dict[str, Any]]:
    """Organisations that can be responsible, departments first."""
    found = [
        org
        for org in organisations().by_code.values()
        if org.kind in BODY_KINDS and (words in org.name or words in org.code)
    ]
    return [{"code": org.code, "name": org.name, "kind": org.kind} for org in found[:limit]]


def class_table(kind: str = "", words: str = "") -> list[dict[str, Any]]:
    """Classes in force, each with its filing conditions and limits."""
    known = book()
    return [
        {
            "code": row.code,
            "kind": row.kind,
            "name": row.name,
            "major": row.major_name,
            "conditions": [
                {
                    "n": c.n,
                    "text": c.text,
                    "limit": float(c.limit_value),
                    "unit": c.limit_unit,
                    "severity": c.severity,
                    "closing": c.closing,
                }
                for c in known.conditions.get((row.kind, row.code), [])
            ],
        }
        for row in known.classes.values()
        if (not kind or row.kind == kind) and (words in row.name or words in row.code)
    ]
