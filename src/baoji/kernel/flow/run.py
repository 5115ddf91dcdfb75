"""Runs declared flows. What is offered to a person and what is accepted from them is one function: `offers`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import NotAllowed, NotThere, Refused, Stale, WrongStage
from baoji.kernel.base.words import act_words
from baoji.kernel.flow import clockwork, store
from baoji.kernel.flow.clockwork import Rates
from baoji.kernel.flow.declare import Act, Flow
from baoji.kernel.flow.journal import digest_of, journal_facts
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.told import Told
from baoji.kernel.identity.callers import Caller, Hold
from baoji.kernel.worktime.calendar import WorkCalendar

Rights = Mapping[str, Hold | None]
# A kept file that comes with an act: its id, its kind (photo, voice), the row of the envelope that proves it.
File = tuple[int, str] | tuple[int, str, int | None]
FAR = datetime(2199, 1, 1, tzinfo=UTC)  # sorts behind every due time


@dataclass(frozen=True)
class Offer:
    """An act somebody may do now, the letter that entitles them and the post they would do it from."""

    act: Act
    letter: str
    hold: Hold | None


@dataclass(frozen=True)
class Guard:
    """A rule an act needs: the test, the stable code and the sentence when it fails."""

    holds: Callable[["Situation"], bool]
    code: str
    sentence: str

    def refusal(self) -> Refused:
        return Refused(_(self.sentence), code=self.code)


@dataclass
class Situation:
    """All that the rules look at."""

    case: Case
    extra: dict[str, Any]
    caller: Caller
    now: datetime
    policies: Mapping[str, Any]
    letter: str = ""
    hold: Hold | None = None


@dataclass
class Doing(Situation):
    """An act while it is done. Effects fill in who receives the case, what else is recorded, which timers to set."""

    act: Act = None  # type: ignore[assignment]
    facts: dict[str, Any] = field(default_factory=dict)
    files: Sequence[File] = field(default_factory=list)
    opinion: str = ""
    clock: str = ""
    to: str = ""
    holder_org: int | None = None
    holder_person: int | None = None
    receiver_org: int | None = None
    receiver_person: int | None = None
    record_facts: dict[str, Any] = field(default_factory=dict)
    parties_orgs: list[int] = field(default_factory=list)
    parties_people: list[int] = field(default_factory=list)
    timers: dict[str, datetime] = field(default_factory=dict)
    clear_timers: list[str] = field(default_factory=list)
    report_changes: dict[str, Any] = field(default_factory=dict)
    record_id: int = 0
    left: str = ""
    tells: bool = False
    told: Told | None = None
    due_at: datetime | None = None  # what the act is late or in time by
    was_overdue: bool = False


class Business(Protocol):
    """What a system gives the flow room besides its table."""

    @property
    def flow(self) -> Flow: ...
    @property
    def guards(self) -> Mapping[str, Guard]: ...
    @property
    def effects(self) -> Mapping[str, Callable[[Doing], str]]: ...
    def load(self, number: str, *, lock: bool) -> store.Loaded: ...
    def may_see(self, caller: Caller, case: Case) -> bool: ...
    def rights(self, caller: Caller, case: Case) -> Rights: ...
    def could(self, caller: Caller) -> frozenset[str]: ...
    def clean(self, doing: Doing, facts: dict[str, Any]) -> dict[str, Any]: ...
    def photos_needed(self, act: str, case: Case, hold: Hold | None) -> tuple[int, int]: ...
    def asks(self, case: Case) -> list[str]: ...
    def policies(self) -> Mapping[str, Any]: ...
    def rates(self) -> Rates: ...
    def calendar(self) -> WorkCalendar: ...
    def witnessed(self, doing: Doing) -> list[Any]:
        """What the system itself keeps of the case, as the act leaves it; `audit verify` holds its tables against it."""

    def after(self, doing: Doing) -> None: ...


def key_of(case: Case) -> str:
    return f"{case.stage}/{case.step}"


def acted_elsewhere(case: Case, side: str, caller: Caller, hold: Hold | None) -> bool:
    """Two axes: whoever acted on one side of a case, for themselves or through a deputy, may not act on another."""
    if side in {"", "system"}:
        return False
    people = {caller.id, hold.principal if hold else None} - {None}
    return any(people & set(acted) for other, acted in case.people.items() if other != side)


def offers(business: Business, situation: Situation) -> list[Offer]:
    """Every act that this person may do on this case now, the likeliest first."""
    case = situation.case
    if not business.may_see(situation.caller, case):
        return []
    rights = business.rights(situation.caller, case)
    acts = (act for act in business.flow.acts_at(key_of(case)) if not rights.keys().isdisjoint(act.who))
    found = (_offer(business, act, rights, situation) for act in acts)
    return [offer for offer in found if isinstance(offer, Offer)]


def _not_theirs() -> Refused:
    return NotAllowed(_("这一步不由您办理"))


def _other_side() -> Refused:
    return NotAllowed(_("您已在另一侧办理过这件案卷，监督与指挥、处置不能由同一人办理"))


def _offer(
    business: Business, act: Act, rights: Rights, situation: Situation
) -> Offer | Callable[[], Refused]:
    """The offer of one act, or what says why not: most refusals are never heard by anybody."""
    refusal: Callable[[], Refused] = _not_theirs
    for letter in act.who:
        if letter not in rights:
            continue
        hold = rights[letter]
        if not act.neutral and acted_elsewhere(
            situation.case, business.flow.side(letter), situation.caller, hold
        ):
            refusal = _other_side
            continue
        situation.letter, situation.hold = letter, hold
        failed = _failed(business, act, situation)
        if failed is None:
            return Offer(act, letter, hold)
        refusal = failed.refusal
    return refusal


def _failed(business: Business, act: Act, situation: Situation) -> Guard | None:
    for name in act.guards:
        guard = business.guards[name]
        if not guard.holds(situation):
            return guard
    return None


def _find(business: Business, name: str, situation: Situation) -> Offer:
    """The offer for the act asked for, or the clearest refusal."""
    flow, case = business.flow, situation.case
    if name not in flow.names:
        raise NotThere(_("没有这个动作：%(act)s") % {"act": name})
    act = flow.act(name, key_of(case))
    if act is not None:
        offer = _offer(business, act, business.rights(situation.caller, case), situation)
        if isinstance(offer, Offer):
            return offer
        raise offer()
    could = business.could(situation.caller) | set(business.rights(situation.caller, case))
    if not any(could & set(a.who) for a in flow.acts if a.name == name):
        title = next(a.title for a in flow.acts if a.name == name)
        raise NotAllowed(_("您的岗位不能%(act)s") % {"act": act_words()[title]})
    raise WrongStage(_("案卷现在是“%(step)s”，不能做这一步") % {"step": _(flow.step(key_of(case)).title)})


def perform(
    business: Business,
    *,
    number: str,
    act: str,
    by: Caller,
    facts: dict[str, Any],
    now: datetime,
    files: Sequence[File] | None = None,
    version: int | None = None,
    tells: bool = False,
) -> Doing:
    """Does one act, all or nothing; call it inside a transaction. Raises `Refused` with a stable code.

    `files` are kept files. A `now` earlier than the case's last act counts as that act's time. With `tells` the case's
    records and files come back with the act (`Doing.told`), for who shows the case next.
    """
    loaded = business.load(number, lock=True)
    case = loaded.case
    if not business.may_see(by, case):
        raise NotThere(_("没有这件案卷"))
    if version is not None and version != case.version:
        raise Stale(_("没有保存：这件案卷刚被别人办理过。请看最新情况"))
    doing = Doing(case, loaded.extra, by, max(now, case.last_at), business.policies())
    offer = _find(business, act, doing)
    doing.act, doing.letter, doing.hold = offer.act, offer.letter, offer.hold
    doing.facts = business.clean(doing, facts)
    doing.files, doing.tells = files or [], tells
    _require_photos(business, doing)
    doing.opinion = str(doing.facts.get("opinion") or doing.facts.get("reason") or "")
    _apply(business, doing)
    _write(business, doing, loaded.before)
    business.after(doing)
    return doing


def _require_photos(business: Business, doing: Doing) -> None:
    least, most = business.photos_needed(doing.act.name, doing.case, doing.hold)
    photos = sum(file[1] == "photo" for file in doing.files)
    if photos < least:
        raise Refused(_("请至少附 %(n)d 张照片") % {"n": least}, code="photo-required", status=422)
    if photos and not (least or doing.act.photos):
        raise Refused(_("这一步不附照片"), code="validation", status=422)
    if photos > most:
        raise Refused(_("最多附 %(n)d 张照片") % {"n": most}, code="validation", status=422)


def _apply(business: Business, doing: Doing) -> None:
    """Rules first: what the act does to the case, its clock and its place."""
    case, calendar, rates = doing.case, business.calendar(), business.rates()
    doing.left = key_of(case)
    doing.clock = doing.act.clock
    doing.due_at = case.due_at
    doing.was_overdue = case.due_at is not None and doing.now > case.due_at
    effect = business.effects.get(doing.act.name)
    outcome = effect(doing) if effect else ""
    target = doing.act.to.get(outcome) or doing.act.to.get(case.stage) or doing.act.to[""]
    doing.to = {"=": doing.left, "<": case.left_step}.get(target, target)
    # Asking somebody else begins the step anew for them, though its name stays.
    enters = doing.to != doing.left or doing.holder_person is not None
    if enters:
        clockwork.credit_reviewers(case, doing.now, calendar)
    clockwork.turn(case, doing.clock, doing.now, calendar, rates)
    _remember_side(business, doing)
    if enters:
        _enter(business, doing, calendar, rates)
    else:
        _stay(doing, calendar, rates)
    case.asks = business.asks(case)
    case.rank, case.sort_at = int(case.severity != "critical"), case.due_at or FAR


def _stay(doing: Doing, calendar: WorkCalendar, rates: Rates) -> None:
    """The case stays on its step: another part of the body may hold it, and its clock may have changed."""
    case = doing.case
    if doing.holder_org:
        case.holder_org_id = doing.holder_org
    if not doing.left.startswith("handle/"):
        return
    due_at, near_at = clockwork.step_due(case, doing.to, doing.now, calendar, rates)
    if (due_at, near_at) != (case.due_at, case.near_at):
        case.due_at, case.near_at = due_at, near_at
        _step_timers(doing)


def _remember_side(business: Business, doing: Doing) -> None:
    side = "" if doing.act.neutral else business.flow.side(doing.letter)
    if side in {"", "system"}:
        return
    people = doing.case.people.setdefault(side, [])
    for person in (doing.caller.id, doing.hold.principal if doing.hold else None):
        if person is not None and person not in people:
            people.append(person)


def _enter(business: Business, doing: Doing, calendar: WorkCalendar, rates: Rates) -> None:
    """Puts the case on its new step: holder, status, limits, timers."""
    case, step = doing.case, business.flow.step(doing.to)
    case.left_step = doing.left if step.status == "merged" else ""
    case.stage, case.step, case.status = step.stage, step.name, step.status
    case.step_since, case.taken_by_id = doing.now, None
    case.holder_post = step.holder if step.holder not in {"body", "asked"} else ""
    case.holder_org_id = (doing.holder_org or case.body_id) if step.holder == "body" else None
    case.holder_person_id = doing.holder_person if step.holder == "asked" else None
    if step.is_open:
        case.closed_at = None
        case.due_at, case.near_at = clockwork.step_due(case, doing.to, doing.now, calendar, rates)
    else:
        if case.pending:  # what was asked and not answered ends here; the record says so
            doing.record_facts["lapsed"] = sorted(case.pending)
        case.closed_at, case.due_at, case.near_at, case.pending = doing.now, None, None, {}
    _step_timers(doing)


def _step_timers(doing: Doing) -> None:
    case = doing.case
    doing.clear_timers += ["near", "due", "twice"]
    if case.status != "suspended":
        doing.clear_timers.append("wake")
    if case.due_at is not None:
        if case.near_at is not None and case.near_at > doing.now:
            doing.timers["near"] = case.near_at
        doing.timers["due"] = case.due_at


def _write(business: Business, doing: Doing, before: dict[str, Any]) -> None:
    """Then the writing: case, record, timers, parties, attachments, journal; one statement of one transaction."""
    case = doing.case
    counted(case, doing.now)
    record = _record(business, doing, before)
    doing.record_id, doing.told = store.write_act(
        case,
        before,
        {
            "record": record,
            "clear": None if _ends(business, doing) else doing.clear_timers,
            "timers": doing.timers,
            "orgs": doing.parties_orgs,
            "people": doing.parties_people,
            "created_at": case.created_at,
            "files": doing.files,
            "stage": {"file": "verify", "handle": "handle", "check": "check"}.get(
                doing.left.split("/")[0], "other"
            ),
            "journal": journal_facts(
                case,
                doing.left,
                doing.to,
                doing.opinion,
                [file[0] for file in doing.files],
                business.witnessed(doing),
            )
            | {"row": digest_of(case.salt, record)},
        },
        tells=doing.tells,
    )


def counted(case: Case, at: datetime) -> None:
    case.records += 1
    case.version += 1
    case.last_at = at


def author_of(flow: Flow, doing: Doing) -> dict[str, Any]:
    hold = doing.hold
    return {
        "by_id": doing.caller.id,
        "on_behalf_of_id": hold.principal if hold else None,
        "post": post_of(doing),
        "side": flow.side(doing.letter),
        "org_id": hold.org_id if hold else None,
    }


def _record(business: Business, doing: Doing, before: dict[str, Any]) -> dict[str, Any]:
    """The columns of the act's record."""
    case = doing.case
    return author_of(business.flow, doing) | {
        "case_id": case.pk,
        "n": case.records,
        "act": doing.act.name,
        "at": doing.now,
        "from_step": doing.left,
        "to_step": doing.to,
        "receiver_post": case.holder_post if doing.to != doing.left else "",
        "receiver_org_id": doing.receiver_org,
        "receiver_person_id": doing.receiver_person,
        "opinion": doing.opinion,
        "facts": doing.record_facts,
        "used_s": max(0, int((doing.now - before["step_since"]).total_seconds())),
        "due_at": doing.due_at,
        "overdue": doing.was_overdue and (doing.to != doing.left or doing.clock == "stop"),
    }


def _ends(business: Business, doing: Doing) -> bool:
    """Whether the act ends the case, and with it every timer; what is asked of an ended case afterwards may set its own."""
    return doing.to != doing.left and not business.flow.step(doing.to).is_open


def post_of(doing: Doing) -> str:
    if doing.hold is not None:
        return doing.hold.kind
    return {"S": "system", "R": "reporter"}.get(doing.letter, "")
