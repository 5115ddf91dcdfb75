"""The class table as Open311 services: what can be reported, and what may be said of it besides."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.kernel.base.phrases import strung
from baoji.kernel.base.snapshot import Snapshot, versions
from baoji.systems.urban import choices
from baoji.systems.urban.queries.book import ClassRow, book, policies
from baoji.systems.urban.queries.names import class_name, condition_text, major_name
from baoji.systems.urban.rules.citizens import Words

KINDS = {"c": "component", "e": "event"}
TOPICS = ("classes", "policies")
JURISDICTION = "baoji.gov.cn"
MOST_CONDITIONS = 4  # in a description


# What of a request the city may keep from strangers; number, status, class, times and the (coarse) place are always told.
OPEN_FIELDS = (
    "status_notes",
    "description",
    "agency_responsible",
    "service_notice",
    "expected_datetime",
    "address",
    "address_id",
    "media_url",
)


def settings() -> dict[str, Any]:
    """The policy `open311`: the jurisdiction, the attributes without which nothing is taken, the fields that strangers read,
    and whose words of a report they read (`rules.citizens.Words`)."""
    found = policies().get("open311")
    known = found if isinstance(found, dict) else {}
    return {
        "jurisdiction": JURISDICTION,
        "required": [],
        "fields": list(OPEN_FIELDS),
        "words": Words.REVIEWED,
    } | known


def code_of(row: ClassRow) -> str:
    """`e0110`: the kind's letter and the class, as everywhere."""
    return row.kind[0] + row.code


def class_of(service_code: str) -> ClassRow:
    """Raises NotThere."""
    row = book().classes.get((KINDS.get(service_code[:1], ""), service_code[1:]))
    if row is None:
        raise NotThere(_("没有这个服务代码：%(code)s") % {"code": service_code[:60]})
    return row


def class_schema(row: ClassRow) -> dict[str, Any]:
    """JSON Schema of what may be said of a report of this class besides place, words and photos."""
    fields: dict[str, dict[str, Any]] = {}
    conditions = book().conditions.get((row.kind, row.code), [])
    if conditions:
        fields["condition"] = {
            "type": "integer",
            "title": _("立案条件"),
            "description": _("选最像的一条，不确定就不选"),
            "oneOf": [{"const": one.n, "title": condition_text(one)} for one in conditions],
        }
    if row.kind == "component":
        fields["component"] = {
            "type": "string",
            "title": _("部件标识码"),
            "description": _("16 位数字，知道才填；位置按台账"),
            "pattern": "[0-9]{16}",
        }
    fields["found_at"] = {
        "type": "string",
        "format": "date-time",
        "title": _("发现时间"),
        "description": _("带时区的日期和时间，例如 2026-11-24T17:30:00+08:00"),
    }
    return {
        "type": "object",
        "properties": fields,
        "required": [code for code in settings()["required"] if code in fields],
        "additionalProperties": False,
    }


_services: Snapshot[dict[str, list[dict[str, Any]]]] = Snapshot(dict, *TOPICS)


def services() -> list[dict[str, Any]]:
    """Every class in force as a service, in the reader's language."""
    known, language = _services(), get_language() or ""
    if language not in known:
        known[language] = [_service(row) for row in book().classes.values()]
    return known[language]


def _service(row: ClassRow) -> dict[str, Any]:
    conditions = book().conditions.get((row.kind, row.code), [])
    texts = [condition_text(one) for one in conditions[:MOST_CONDITIONS]]
    return {
        "service_code": code_of(row),
        "service_name": class_name(row),
        "description": strung(texts) or class_name(row),
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(_keywords(row)),
        "group": major_name(row),
    }


def _keywords(row: ClassRow) -> list[str]:
    """The names in both languages, the kind, the code: commas part them, so none stands in one."""
    words = (
        row.name,
        row.major_name,
        str(choices.KIND[choices.Kind(row.kind)]),
        row.name_en,
        row.major_name_en,
        row.code,
    )
    return list(dict.fromkeys(word.replace(",", " ").strip() for word in words if word.strip()))


CHANGESET = """
INSERT INTO urban_open311_changeset AS known (id, version, changed_at) VALUES (1, %(version)s, %(now)s)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at
 WHERE known.version <> excluded.version
"""


def _load_changeset() -> datetime:
    version = ".".join(str(one) for one in versions(*TOPICS))
    sql.execute(CHANGESET, {"version": version, "now": timezone.now()})
    found: datetime = sql.value("SELECT changed_at FROM urban_open311_changeset WHERE id = 1")
    return found


changeset = Snapshot(_load_changeset, *TOPICS)
