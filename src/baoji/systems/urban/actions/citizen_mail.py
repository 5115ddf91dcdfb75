"""Mail and texts to citizens: what became of a report, and a digest of public cases to whoever confirmed that they want it."""

from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotThere, Refused
from baoji.kernel.base.phrases import headed
from baoji.kernel.base.turns import turn
from baoji.kernel.flow.models import Case
from baoji.kernel.notices.actions import can_send, send
from baoji.kernel.notices.senders import Message, sender_for
from baoji.kernel.notices.senders.smtp import own_domain
from baoji.kernel.organisations.names import division_name
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban.actions.citizen_door import checked_mail
from baoji.systems.urban.actions.citizen_publish import last_news
from baoji.systems.urban.queries.book import book, policies
from baoji.systems.urban.queries.merged import went_into
from baoji.systems.urban.queries.names import case_title, class_name
from baoji.systems.urban.queries.shown import Wanted, count_changes, newest_changes
from baoji.systems.urban.rules.citizens import TEXTED

MOST_LISTED, MOST_COUNTED = 30, 1000
MOST_A_MAIL = 10  # subscriptions of one address
DIGEST_HOUR = 8


def may_mail() -> bool:
    """Whether this city can send mail at all."""
    return can_send("mail")


def _url(path: str) -> str:
    return f"{str(settings.PUBLIC_URL).rstrip('/')}{path}"


# What became of a report ------------------------------------------------------


# Everything that was merged into a case, with the case itself: who followed one of them follows it.
WHOLE = f"array_append({went_into('%(case)s')}, %(case)s::bigint)"
FOLLOWING = f"""
SELECT f.id, f.mail, f.language, coalesce(nullif(f.code, ''), r.query_code) AS code, c.title, c.number, c.case_number
  FROM urban_follower f JOIN urban_report r ON r.case_id = f.case_id JOIN flow_case c ON c.id = %(case)s
 WHERE f.case_id = ANY({WHOLE}) AND f.mail <> '' AND (%(act)s <> 'tell' OR f.code = '' AND f.case_id = %(case)s) ORDER BY f.id
"""


# Reports of citizens who left a mobile number and no mail address.
TEXTING = f"""
SELECT m.id, r.caller_phone AS phone, r.query_code AS code, c.title
  FROM flow_case m JOIN urban_report r ON r.case_id = m.id JOIN flow_case c ON c.id = %(case)s
 WHERE m.id = ANY({WHOLE}) AND m.source = 'citizen' AND r.query_code <> '' AND r.caller_phone ~ '^([+]?86)?1[3-9][0-9]{{9}}$'
   AND NOT EXISTS (SELECT 1 FROM urban_follower f WHERE f.case_id = m.id AND f.code = '' AND f.mail <> '') ORDER BY m.id
"""


def has_followers(case: Case) -> bool:
    """Whether anybody left a mail address with this case or one that went into it."""
    cases = WHOLE if "reporters" in case.notes else "ARRAY[%(case)s::bigint]"
    return bool(
        sql.value(
            f"SELECT EXISTS (SELECT 1 FROM urban_follower f WHERE f.case_id = ANY({cases}) AND f.mail <> '')",
            {"case": case.pk},
        )
    )


def may_want_texts(case: Case, act: str, phone: str) -> bool:
    """Whether somebody may read of this end in a text: `phone` was left with this report, or something went into it."""
    if act not in TEXTED or not texts_at_end():
        return False
    return "reporters" in case.notes or (case.source == "citizen" and bool(phone))


def texts_at_end() -> bool:
    """Whether this city tells who left a telephone number alone how it ended; each text costs it something."""
    return can_send("sms") and bool(int(policies().get("public", {}).get("texts_at_end", 1)))


def letters_each_step() -> bool:
    """Whether this city writes to followers at every step, not only of ends and answers."""
    return bool(int(policies().get("public", {}).get("letters_each_step", 0)))


@app.task(
    name="urban.tell_followers", queue="messages", retry=RetryStrategy(max_attempts=5, exponential_wait=5)
)
def tell_followers(case_id: int, act: str, record: int) -> None:
    """Queues one letter for each address that follows this case, or one that went into it, and of an end one text for who
    left only a mobile number; a second run queues none.

    An answer (`tell`) is for the reporter of this case alone.
    """
    with transaction.atomic():
        if may_mail():
            _queue_letters(case_id, act, record)
        if act in TEXTED and texts_at_end():
            _queue_texts(case_id, act, record)


def _queue_letters(case_id: int, act: str, record: int) -> None:
    for row in sql.rows(FOLLOWING, {"case": case_id, "act": act}):
        with translation.override(row["language"] or settings.LANGUAGE_CODE):
            subject = headed(_outcome(act), case_title(row["title"]))
            send(
                f"follow-{row['id']}-{record}",
                channel="mail",
                to=row["mail"],
                subject=subject,
                text=_letter(row, subject),
                at=timezone.now(),
            )


def _queue_texts(case_id: int, act: str, record: int) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        for row in sql.rows(TEXTING, {"case": case_id}):
            told = headed(_outcome(act), case_title(row["title"]))
            text = _("【数字宝鸡】%(told)s。看经过，没有解决也请在这里说：%(url)s") % {
                "told": told,
                "url": _url(f"/follow/{row['code']}"),
            }
            send(
                f"text-{row['id']}-{case_id}-{record}",
                channel="sms",
                to=row["phone"],
                text=text,
                at=timezone.now(),
            )


def _outcome(act: str) -> str:
    return {
        "reject": _("您上报的问题没有受理"),
        "decline": _("您上报的问题没有立案"),
        "void": _("您上报的案卷已作废"),
        "settle": _("您上报的问题已答复"),
        "close": _("您上报的问题已结案"),
        "reopen": _("您上报的问题重新办理"),
        "tell": _("受理员答复了您"),
        "merge": _("您上报的问题已与另一件合并办理"),
        "accept": _("您上报的问题已受理"),
        "file": _("您上报的问题已立案"),
        "dispatch": _("您上报的问题已派给负责的单位"),
        "answer": _("您上报的问题，负责的单位说已处置"),
        "check_request": _("您上报的问题正在派人到现场看"),
        "suspend_decide": _("您上报的问题是否暂缓已有决定"),
    }.get(act, _("您上报的问题有新进展"))


def _letter(row: dict[str, Any], subject: str) -> str:
    lines = [
        subject,
        headed(_("案卷号") if row["case_number"] else _("任务号"), row["case_number"] or row["number"]),
        "",
        _("看进度，或者告诉我们有没有解决："),
        _url(f"/follow/{row['code']}"),
        "",
        _("邮箱只用来告诉您结果，结案一个月后删除。不想再收，请在上面的网页里按“删除我的联系方式”。"),
    ]
    return "\n".join(lines)


# Subscriptions ----------------------------------------------------------------


def subscribe(mail: str, area: str, topic: str, language: str, now: datetime) -> None:
    """Sends the letter whose link confirms; says the same whether or not the address was known. Raises Invalid, Refused."""
    mail = checked_mail(mail).lower()
    if not mail:
        raise Invalid(_("请写邮箱"), errors={"mail": [_("请写邮箱")]})
    if not may_mail():
        raise Refused(_("还没有配置邮件服务器"), code="no-sender")
    _must_be_known(area, topic)
    with transaction.atomic():
        many = sql.value("SELECT count(*) FROM urban_subscription WHERE mail = %s", [mail])
        row = sql.row(
            "SELECT id, token, confirmed_at FROM urban_subscription WHERE mail = %s AND area = %s AND topic = %s",
            [mail, area, topic],
        )
        if row is None and many >= MOST_A_MAIL:
            raise Refused(_("一个邮箱最多订阅 %(n)d 项") % {"n": MOST_A_MAIL}, code="too-many", status=422)
        if row is None:
            row = sql.row(
                "INSERT INTO urban_subscription (mail, area, topic, language, token, created_at) VALUES (%s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (mail, area, topic) DO UPDATE SET language = excluded.language RETURNING id, token, confirmed_at",
                [mail, area, topic, language, token_urlsafe(20), now],
            )
        if row is not None and row["confirmed_at"] is None:
            _ask_to_confirm(row, mail, area, topic, now)


def _must_be_known(area: str, topic: str) -> None:
    if area and not division_name(area):
        raise Invalid(_("没有这个区域"), errors={"area": [_("没有这个区域")]})
    if topic and ({"c": "component", "e": "event"}.get(topic[:1], ""), topic[1:]) not in book().classes:
        raise Invalid(_("没有这个类别"), errors={"topic": [_("没有这个类别")]})


def _ask_to_confirm(row: dict[str, Any], mail: str, area: str, topic: str, now: datetime) -> None:
    """At most one such letter a day to an address and subject, however often it is asked for."""
    subject = _("请确认订阅：%(what)s") % {"what": subject_of(area, topic)}
    lines = [
        _("有人用这个邮箱订阅了数字宝鸡的公开案卷：%(what)s。") % {"what": subject_of(area, topic)},
        _("要订阅，请打开下面的网页，按“确认订阅”。两天内没有确认，邮箱就删掉，不会再给您发信。"),
        _url(f"/public/subscriptions/{row['token']}"),
    ]
    send(
        f"confirm-{row['id']}-{now.astimezone(SHANGHAI):%Y%m%d}",
        channel="mail",
        to=mail,
        subject=subject,
        text="\n\n".join(lines),
        at=now,
    )


def subject_of(area: str, topic: str) -> str:
    """`渭滨区 · 暴露生活垃圾`, `全市`."""
    row = book().classes.get(({"c": "component", "e": "event"}.get(topic[:1], ""), topic[1:]))
    parts = [division_name(area) if area else _("全市"), class_name(row) if row else ""]
    return " · ".join(part for part in parts if part)


def subscription(token: str) -> dict[str, Any]:
    """id, area, topic and whether it is confirmed. Raises NotThere."""
    row = sql.row(
        "SELECT id, mail, area, topic, confirmed_at FROM urban_subscription WHERE token = %s", [token[:40]]
    )
    if row is None:
        raise NotThere(_("没有这个订阅，可能已经退订"))
    return row


def confirm(token: str, now: datetime) -> None:
    """Raises NotThere. Confirming twice changes nothing."""
    row, last = subscription(token), last_news()
    sql.execute(
        "UPDATE urban_subscription SET confirmed_at = %s, told_until = %s, told_news = %s WHERE id = %s AND confirmed_at IS NULL",
        [now, now, last, row["id"]],
    )


def unsubscribe(token: str) -> None:
    """The address is deleted with the subscription. Doing it twice changes nothing."""
    sql.execute("DELETE FROM urban_subscription WHERE token = %s", [token[:40]])


# Digests ----------------------------------------------------------------------


def due_digests(now: datetime) -> list[int]:
    """Subscriptions that were told nothing since this morning's hour, once it has come."""
    morning = _last_morning(now)
    if morning.date() < now.astimezone(SHANGHAI).date():
        return []
    return [
        row[0]
        for row in sql.tuples(
            "SELECT id FROM urban_subscription WHERE confirmed_at IS NOT NULL AND told_until < %s ORDER BY told_until",
            [morning],
        )
    ]


def _last_morning(now: datetime) -> datetime:
    """The last time that the letters' hour came."""
    hour, local = int(policies().get("public", {}).get("digest_hour", DIGEST_HOUR)), now.astimezone(SHANGHAI)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if local >= today else today - timedelta(days=1)


@app.task(name="urban.digest", queue="mail", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def digest(subscription_id: int) -> None:
    """One letter about what changed since the last one; none where nothing did. Raises when the server wants another try."""
    send_digest(subscription_id, timezone.now())


def send_digest(subscription_id: int, now: datetime) -> bool:
    """Whether a letter went out. It holds what became public, or changed, since the last one, whenever that was; who has had this
    morning's gets none."""
    last = last_news()  # by itself: nobody may wait to publish until a mail server has answered
    with turn("urban.digest", subscription_id) as is_ours:
        return is_ours and _send_digest(subscription_id, last, now)


def _send_digest(subscription_id: int, last: int, now: datetime) -> bool:
    row = sql.row(
        "SELECT id, mail, area, topic, language, token, told_until, told_news FROM urban_subscription"
        " WHERE id = %s AND confirmed_at IS NOT NULL AND told_until < %s FOR UPDATE SKIP LOCKED",
        [subscription_id, _last_morning(now)],
    )
    sender = sender_for("mail")
    if row is None or sender is None:
        return False
    wanted = Wanted(row["area"], row["topic"], news=(row["told_news"], last))
    found = newest_changes(wanted, MOST_LISTED)
    if found:
        with translation.override(row["language"] or settings.LANGUAGE_CODE):
            outcome = sender(_digest(row, found, _counted(wanted, found), now))
        if not outcome.accepted and outcome.again:
            raise RuntimeError(f"digest {subscription_id}: {outcome.said}")
    sql.execute(
        "UPDATE urban_subscription SET told_until = %s, told_news = greatest(told_news, %s) WHERE id = %s",
        [now, last, row["id"]],
    )
    return bool(found)


def _counted(wanted: Wanted, found: list[dict[str, Any]]) -> int:
    """How many cases the letter is about, exact below MOST_COUNTED; as many as are listed, where one more was published meanwhile."""
    return len(found) if len(found) < MOST_LISTED else max(len(found), count_changes(wanted, MOST_COUNTED))


def _digest(row: dict[str, Any], found: list[dict[str, Any]], n: int, now: datetime) -> Message:
    what, leave = subject_of(row["area"], row["topic"]), _url(f"/public/subscriptions/{row['token']}/leave")
    is_exact = n < MOST_COUNTED
    head = _("%(what)s：%(n)d 件公开案卷有变化") if is_exact else _("%(what)s：至少 %(n)d 件公开案卷有变化")
    lines = [head % {"what": what, "n": n}, ""]
    for one in found:
        lines += [headed(_state(one), case_title(one["title"])), _url(f"/public/cases/{one['number']}"), ""]
    if n > len(found):
        rest = (
            _("上面是最新的 %(shown)d 件，另外 %(rest)d 件看网页：") if is_exact else _("还有更多，看网页：")
        )
        lines += [rest % {"shown": len(found), "rest": n - len(found)}, _url(_list_of(row)), ""]
    lines += [_("不想再收，一按就退订："), leave]
    return Message(
        f"digest-{row['id']}-{row['told_until']:%Y%m%d%H%M%S}",  # another try of the same letter carries the same id
        "mail",
        row["mail"],
        _("公开案卷：%(what)s") % {"what": what},
        "\n".join(lines),
        now,
        headers={
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"<cases.{own_domain()}>",
            "Precedence": "bulk",
        },
    )


def _list_of(row: dict[str, Any]) -> str:
    """The page with the cases of this subscription."""
    given = {name: value for name, value in (("area", row["area"]), ("class", row["topic"])) if value}
    return f"/public/?{urlencode(given)}" if given else "/public/"


def _state(one: dict[str, Any]) -> str:
    if one["status"] == "closed":
        return _("已结案")
    fresh = one["filed_at"] is not None and one["changed_at"] - one["filed_at"] < timedelta(hours=1)
    return _("新立案") if fresh else _("在办")
