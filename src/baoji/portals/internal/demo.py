"""Whom a visitor of the demo can be, one press each: a few people of every post, in the order of the loop."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baoji.kernel.base import sql
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.portals.internal.posts import post_name

# post kind → how many are shown, what they do in the loop
SHOWN: dict[str, tuple[int, str | Promise]] = {
    "collector": (3, _("发现问题，核实，核查")),
    "hotline": (2, _("接 12319 电话")),
    "acceptor": (2, _("受理上报，派人核实、核查")),
    "chief": (2, _("立案，结案")),
    "dispatcher": (2, _("派给责任单位，复核回复")),
    "commander": (2, _("裁定争议，审批延期和挂账")),
    "handler": (6, _("签收，处置，回复")),
    "crew": (3, _("到现场处置")),
    "head": (2, _("看全部案卷，督办")),
    "operator": (2, _("维护机构、岗位、规则")),
    "mayor": (1, _("看全市情况")),
    "officer": (1, _("巡查执法时上报")),
    "cleaner": (1, _("作业时上报")),
}
_PEOPLE = """
SELECT kind, code, name, org FROM (
  SELECT t.kind, p.code, p.name, o.id AS org,
         row_number() OVER (PARTITION BY t.kind ORDER BY o.code, p.code) AS n
    FROM identity_holding h JOIN identity_person p ON p.id = h.person_id AND p.is_active
    JOIN organisations_post t ON t.id = h.post_id JOIN organisations_organisation o ON o.id = t.organisation_id
   WHERE t.kind = ANY(%s) AND NOT h.deputy
) x WHERE n <= 6 ORDER BY kind, n
"""
_OTHERS = """
SELECT p.code, p.name, t.kind, o.id
  FROM identity_holding h JOIN identity_person p ON p.id = h.person_id AND p.is_active
  JOIN organisations_post t ON t.id = h.post_id JOIN organisations_organisation o ON o.id = t.organisation_id
 WHERE NOT h.deputy AND (p.code LIKE %(begins)s OR p.name LIKE %(words)s OR t.name LIKE %(begins)s OR o.name LIKE %(words)s)
 ORDER BY p.code = rtrim(%(begins)s, '%%') DESC, t.kind = 'crew', p.code LIMIT 20
"""


@dataclass
class Group:
    kind: str
    post: str
    does: str
    people: list[dict[str, str]] = field(default_factory=list)


def _org(id_: int) -> str:
    org = organisations().known.get(id_)
    return org_name(org, short=True) if org else ""


def groups() -> list[Group]:
    """The demo's people by post; nothing outside the demo."""
    if not settings.DEMO:
        return []
    found = {kind: Group(kind, "", str(does)) for kind, (_count, does) in SHOWN.items()}
    for kind, code, name, org in sql.tuples(_PEOPLE, [list(SHOWN)]):
        group = found[kind]
        group.post = group.post or post_name(kind, org)
        if len(group.people) < SHOWN[kind][0]:
            note = _org(org) if kind in {"handler", "crew"} else code
            group.people.append({"code": code, "name": name, "note": note})
    return [group for group in found.values() if group.people]


def people(words: str) -> list[dict[str, str]]:
    """For the field over all the others: by code, name, post or organisation, as `{value, title, note}`."""
    words = words.strip()
    if not settings.DEMO or not words:
        return []
    found = sql.tuples(_OTHERS, {"words": f"%{words}%", "begins": f"{words}%"})
    return [
        {"value": code, "title": name, "note": f"{post_name(kind, org)} · {_org(org)} · {code}"}
        for code, name, kind, org in found
    ]
