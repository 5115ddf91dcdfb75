"""Where a request stands, in plain words; `row` is one of `queries.open311_requests.details`."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base.phrases import headed, sentences
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import choices, public
from baoji.systems.urban.queries.open311_requests import OPEN
from baoji.systems.urban.rules.table import FLOW

Row = Mapping[str, Any]
KNOWN_STEPS = {step.key: step for step in FLOW.steps}
REPORTED = "report"
TOLD_ACTS = frozenset({act.name for act in FLOW.acts} | {REPORTED})
ADDRESSED = frozenset({"dispatch", "arbitrate"})  # acts of which is told whom they name


def status_of(row: Row) -> str:
    """`open` while somebody works on it, else `closed`; a merged one stands where it went on."""
    return "open" if row["status"] in OPEN else "closed"


def notes(row: Row, root: Row | None, *, reason: str) -> str:
    """Why the status is what it is. `reason` is what was written for the reporter, as far as this reader may read it."""
    if root is not None:
        united = _("已与 %(number)s 合并办理") % {"number": root["number"]}
        return sentences([united, notes(root, None, reason="")])
    words = [_doing(row)] if row["status"] in OPEN else [_outcome(row), _closing(row), reason]
    return sentences(word for word in words if word)


def _doing(row: Row) -> str:
    doing = str(choices.DOING.get(f"{row['stage']}/{row['step']}", choices.STATUS[row["status"]]))
    if row["rework"] and row["stage"] == "handle":
        return sentences([doing, _("核查没有通过，重新处置过 %(n)d 次") % {"n": row["rework"]}])
    return doing


def _outcome(row: Row) -> str:
    if row["status"] == "void" and row["act"] == "withdraw":
        return _("已撤回")
    if row["status"] != "closed":
        return str(choices.OUTCOME.get(row["status"], choices.STATUS[row["status"]]))
    if row["step"] == "settled":
        return _("已答复")
    kinds = {"by_notice": _("已结案（告知）"), "forced": _("已结案（未经核查）")}
    return kinds.get(_closing_of(row).get("kind", ""), _("已结案"))


def _closing(row: Row) -> str:
    """The official condition that was met; what an answer on the spot said is for its reporter alone."""
    is_filed = row["status"] == "closed" and row["step"] != "settled"
    return public.closing_words(_closing_of(row).get("condition", "")) if is_filed else ""


def _closing_of(row: Row) -> dict[str, Any]:
    return orjson.loads(row["closing"]) or {} if row["closing"] else {}


def agency(row: Row) -> str | None:
    """The responsible body, once there is one."""
    org = organisations().known.get(row["body_id"] or 0)
    return org_name(org) if org else None


def notice(limit_value: Any, limit_unit: str) -> str | None:
    """What the city undertakes to do, and by when."""
    if limit_value is None:
        return None
    return _("派遣后 %(limit)s内处置") % {"limit": choices.limit_words(limit_value, limit_unit)}


def step_title(step: Row) -> str:
    """An act as a reporter learns of it."""
    if step["act"] == REPORTED:
        return _("收到上报")
    title = _(next(act.title for act in FLOW.acts if act.name == step["act"]))
    org = organisations().known.get(step["receiver_org_id"] or 0)
    return headed(title, org_name(org, short=True)) if org and step["act"] in ADDRESSED else title


def status_after(step: Row) -> str:
    """`open` or `closed`, as it was once this step was taken."""
    known = KNOWN_STEPS.get(step["to_step"])
    return "closed" if known is not None and known.status not in OPEN else "open"
