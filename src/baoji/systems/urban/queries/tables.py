"""Short tables for choosing from: bodies to dispatch to, classes with their conditions.

`name` is the official one, `title` the one in the reader's language; words are looked for in both.
"""

from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base.phrases import remarked
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import Org, organisations
from baoji.systems.urban.access import BODY_KINDS
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.free import staffed
from baoji.systems.urban.queries.names import class_name, condition_text


def bodies(words: str = "", limit: int = 300) -> list[dict[str, Any]]:
    """Organisations that can be responsible, departments first."""
    found = [
        org
        for org in organisations().by_code.values()
        if org.kind in BODY_KINDS
        and (words in org.name or words in org.code or words.lower() in org.name_en.lower())
    ]
    return [
        {"code": org.code, "name": org.name, "title": _title(org), "kind": org.kind} for org in found[:limit]
    ]


def _title(org: Org) -> str:
    return org_name(org) if org.id in staffed() else remarked(org_name(org), _("还没有人任职"))


def class_table(kind: str = "", words: str = "") -> list[dict[str, Any]]:
    """Classes in force, each with its filing conditions and limits."""
    known = book()
    return [
        {
            "code": row.code,
            "kind": row.kind,
            "name": row.name,
            "title": class_name(row),
            "major": row.major_name,
            "conditions": [
                {
                    "n": c.n,
                    "text": c.text,
                    "title": condition_text(c),
                    "limit": float(c.limit_value),
                    "unit": c.limit_unit,
                    "severity": c.severity,
                    "closing": c.closing,
                }
                for c in known.conditions.get((row.kind, row.code), [])
            ],
        }
        for row in known.classes.values()
        if (not kind or row.kind == kind)
        and (words in row.name or words in row.code or words.lower() in row.name_en.lower())
    ]
