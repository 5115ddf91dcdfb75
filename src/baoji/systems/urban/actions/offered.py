"""What a person may do on a case now, told so that a program that knows nothing else can do it: a JSON Schema an act."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base.phrases import listed, remarked
from baoji.kernel.base.words import act_words, words
from baoji.kernel.flow import store
from baoji.kernel.flow.declare import Fact
from baoji.kernel.flow.run import Offer
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import choices
from baoji.systems.urban.actions.effects import check_is_waived
from baoji.systems.urban.actions.facts import longest
from baoji.systems.urban.actions.perform import URBAN, offers, situation
from baoji.systems.urban.queries.book import book, policies
from baoji.systems.urban.queries.colleagues import receivers
from baoji.systems.urban.queries.free import NOBODY_THERE, staffed
from baoji.systems.urban.queries.hotline_calls import answered_on_the_spot
from baoji.systems.urban.queries.names import class_name, closing_text, condition_text, milestone_name
from baoji.systems.urban.queries.proposals import Drawn, draw_collector, propose_body, territorial
from baoji.systems.urban.rules.leads import lead_of
from baoji.systems.urban.rules.table import REASON
from baoji.systems.urban.suggest.proposing import Suggestion, suggest

Schema = dict[str, Any]


class _At:
    """The case an offer is made on, with what several facts look up only once."""

    def __init__(self, caller: Caller, loaded: store.Loaded, now: datetime, offer: Offer) -> None:
        self.caller, self.case, self.extra, self.now, self.offer = (
            caller,
            loaded.case,
            loaded.extra,
            now,
            offer,
        )
        self.reason = ""

    @cached_property
    def meant(self) -> list[Suggestion]:
        """What the words of a report without a class may mean, the likeliest first; what stands at the place weighs in,
        but says nothing by itself."""
        said = self.extra["description"]
        return suggest(said, (self.case.lon, self.case.lat)) if suggest(said) else []

    @cached_property
    def class_code(self) -> str:
        """The class as it stands, else the likeliest of its kind; '' where nothing speaks for any."""
        kind, code = self.extra["kind"], str(self.extra["class_code"])
        return code or next((one.class_code for one in self.meant if one.kind == kind), "")

    @cached_property
    def drawn(self) -> Drawn | None:
        return draw_collector(self.case, self.offer.act.name, self.now)


def offered(caller: Caller, loaded: store.Loaded, now: datetime) -> list[dict[str, Any]]:
    """`{act, title, schema, photos, reason, note, danger, lead}` for each act, the likeliest first."""
    now = max(now, loaded.case.last_at)
    return [_describe(_At(caller, loaded, now, offer), lead) for offer, lead in led(caller, loaded, now)]


def led(caller: Caller, loaded: store.Loaded, now: datetime) -> list[tuple[Offer, int]]:
    """What this person may do, each with its place here (see `rules.leads`), the likeliest first."""
    here = situation(caller, loaded, now)
    found = [(offer, lead_of(offer.act, here)) for offer in offers(caller, loaded, now)]
    return sorted(found, key=lambda pair: pair[1])


def _describe(at: _At, lead: int) -> dict[str, Any]:
    act, said = at.offer.act, words()
    properties = {
        fact.name: {"title": said[fact.title], **SCHEMAS[fact.kind](at, fact)} for fact in act.facts
    }
    must = {fact.name for fact in act.facts if fact.required}
    explained = _to_explain(at)
    if act.name == "file" and at.case.step == "accepted" and not explained:
        properties.pop("reason")  # nobody has looked, or there was something: nothing to explain
    if explained:
        must.add(explained)
        properties[explained]["minLength"] = REASON.least
    least, most = URBAN.photos_needed(act.name, at.case, at.offer.hold)
    return {
        "act": act.name,
        "title": act_words()[act.title],
        "schema": {
            "type": "object",
            "properties": properties,
            "required": [fact.name for fact in act.facts if fact.name in must],
            "additionalProperties": False,
        }
        | ({"minProperties": 1} if act.name == "correct" else {}),
        "photos": {"min": least, "max": most if act.photos or least else 0},
        "reason": at.reason,
        "note": _note(at),
        "danger": act.danger,
        "lead": lead,
    }


def _note(at: _At) -> str:
    if at.offer.act.name == "recall" and at.extra["body_gone"]:
        return _("处置单位已停用，撤回后改派给别的单位")
    return words()[at.offer.act.note] if at.offer.act.note else ""


def _to_explain(at: _At) -> str:
    """The fact that this act must explain on this case, though not on every case; '' if none."""
    act = at.offer.act.name
    if act == "file" and at.extra["verified_found"] is False:
        return "reason"
    if act == "close" and not _may_close_normally(at):
        return "opinion"
    return "reason" if act in {"verify_request", "check_request"} and at.drawn is None else ""


def _may_close_normally(at: _At) -> bool:
    return at.case.step != "to_check" or check_is_waived(policies(), at.case.topic, at.case.source)


def text(at: _At, fact: Fact) -> Schema:
    schema: Schema = {"type": "string", "maxLength": longest(fact)}
    if fact.least:
        schema["minLength"] = fact.least
    if fact.name == "closing_condition":
        condition = book().by_id.get(at.extra["condition_id"] or 0)
        if condition:
            schema["default"] = closing_text(condition)
    if at.offer.act.name == "settle" and at.case.source == "hotline":
        answered = answered_on_the_spot(at.case.pk)
        schema |= {"default": answered} if answered else {}
    return schema


def flag(at: _At, fact: Fact) -> Schema:
    return {"type": "boolean"}


def moment(at: _At, fact: Fact) -> Schema:
    return {"type": "string", "format": "date-time"}


def organisation(at: _At, fact: Fact) -> Schema:
    tree = organisations()
    if at.offer.act.name == "arbitrate":
        found = territorial(at.case) or propose_body(
            at.case, at.extra["kind"], at.extra["class_code"], at.extra["component"], at.now
        )
    else:
        found = propose_body(at.case, at.extra["kind"], at.extra["class_code"], at.extra["component"], at.now)
    schema: Schema = {"type": "string", "x-search": "/api/v1/organisations"}
    if found:
        is_staffed = found.org_id in staffed()
        at.reason = found.reason if is_staffed else remarked(found.reason, _(NOBODY_THERE))
        schema |= {"default": tree.code(found.org_id), "x-default-title": org_name(tree.known[found.org_id])}
    return schema


def receiver(at: _At, fact: Fact) -> Schema:
    """Sections and crews, then the people who work there."""
    known = [
        {"const": code, "title": remarked(worker.name, org_name(org)) if worker else org_name(org)}
        for code, (org, worker) in receivers(at.case).items()
    ]
    return {"type": "string", "oneOf": known or [{"const": ""}]}


def organisations_(at: _At, fact: Fact) -> Schema:
    return {"type": "array", "items": {"type": "string"}, "maxItems": 20, "x-search": "/api/v1/organisations"}


def person(at: _At, fact: Fact) -> Schema:
    drawn = at.drawn
    schema: Schema = {"type": "string", "x-search": "/api/v1/collectors"}
    if drawn:
        at.reason = drawn[1]
        schema |= {"default": drawn[0].code, "x-default-title": drawn[0].name}
    return schema


def choice(at: _At, fact: Fact) -> Schema:
    names: dict[str, Any]
    default = None
    if fact.name == "kind" and at.offer.act.name == "close":
        names = {"normal": _("正常结案"), "by_notice": _("告知性结案"), "forced": _("强制结案")}
        if not _may_close_normally(at):
            names.pop("normal")
        else:
            default = "normal"
    elif at.offer.act.name == "suspend_request":
        names = {"suspend": _("挂账"), "defer": _("缓办")}
        default = "suspend"
    else:
        names = {str(kind): title for kind, title in choices.KIND.items()}
    schema: Schema = {
        "type": "string",
        "oneOf": [{"const": name, "title": str(title)} for name, title in names.items()],
    }
    return schema | ({"default": default} if default else {})


def number(at: _At, fact: Fact) -> Schema:
    """A stage of the condition; those not reported yet by their names."""
    condition = book().by_id.get(at.extra["condition_id"] or 0)
    stages = condition.milestones if condition else ()
    left = [stage for stage in stages if str(stage.n) not in at.extra["milestones"]]
    schema: Schema = {"type": "integer", "minimum": 1, "maximum": at.extra["milestone_count"]}
    if left:
        schema["x-choices"] = [{"const": stage.n, "title": milestone_name(stage)} for stage in left]
        schema["default"] = left[0].n
    return schema


def case(at: _At, fact: Fact) -> Schema:
    return {"type": "string", "maxLength": 30, "x-search": "/api/v1/cases"}


def class_(at: _At, fact: Fact) -> Schema:
    kind = at.extra["kind"]
    schema: Schema = {"type": "string", "pattern": "^[0-9]{4}$", "x-search": f"/api/v1/classes?kind={kind}"}
    known = book().classes.get((kind, at.class_code)) if fact.required else None
    if fact.required and not at.extra["class_code"]:
        at.reason = _why_meant(at)
    return schema | ({"default": known.code, "x-default-title": class_name(known)} if known else {})


def _why_meant(at: _At) -> str:
    """By which words a class is proposed, or that it is a thing of the other kind."""
    if not at.meant:
        return ""
    best = at.meant[0]
    if best.kind == at.extra["kind"]:
        return _("上报时没有选类别，按“%(words)s”建议，请核对") % {"words": listed(best.words)}
    known = book().classes[best.kind, best.class_code]
    told = {"kind": choices.KIND[choices.Kind(best.kind)], "class": class_name(known)}
    return _("看起来是%(kind)s“%(class)s”：是的话先用“更正”改过来，再立案") % told


def condition(at: _At, fact: Fact) -> Schema:
    """The conditions of the class as it stands or is proposed; of another class their numbers are on the class's own page."""
    known = book().conditions.get((at.extra["kind"], at.class_code), [])
    chosen = book().by_id.get(at.extra["condition_id"] or 0)
    schema: Schema = {"type": "integer", "minimum": 1}
    if known:
        schema["x-choices"] = [
            {
                "const": one.n,
                "title": remarked(condition_text(one), choices.limit_words(one.limit_value, one.limit_unit)),
            }
            for one in known
        ]
        schema["default"] = (chosen or known[0]).n
        at.reason = at.reason or (_("上报时所选") if chosen else _("该类别的第一个立案条件"))
    return schema


def component(at: _At, fact: Fact) -> Schema:
    return {"type": "string", "pattern": "^[0-9]{16}$", "x-search": "/api/v1/components"}


def place(at: _At, fact: Fact) -> Schema:
    return {
        "type": "object",
        "properties": {
            "type": {"const": "Point"},
            "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3},
        },
        "required": ["type", "coordinates"],
    }


SCHEMAS: dict[str, Callable[[_At, Fact], Schema]] = {
    "text": text,
    "flag": flag,
    "moment": moment,
    "organisation": organisation,
    "organisations": organisations_,
    "receiver": receiver,
    "person": person,
    "choice": choice,
    "number": number,
    "case": case,
    "class": class_,
    "condition": condition,
    "component": component,
    "place": place,
}
