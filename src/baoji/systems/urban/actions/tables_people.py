"""Registers of who is who: organisations, posts, people, who holds what, who stands in, who is on shift, tokens."""

import re
from datetime import timedelta
from secrets import choice
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.base.phrases import remarked
from baoji.kernel.identity.callers import new_token
from baoji.kernel.identity.models import Delegation, Holding, Person, Shift, Token
from baoji.kernel.organisations.models import Organisation, Post
from baoji.kernel.registers.declare import Draft, Field, Filter, Register, RowAct, by
from baoji.systems.urban import choices
from baoji.systems.urban.actions import tables_fields as fields
from baoji.systems.urban.actions import tables_refs as refs
from baoji.systems.urban.actions.ended_bodies import tell_dispatchers

WHO = lazy("机构和人员")
TOPICS = ("people", "organisations")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
SIDE_OF = {
    "collector": "supervision",
    "acceptor": "supervision",
    "chief": "supervision",
    "dispatcher": "command",
    "commander": "command",
    "handler": "department",
    "section_head": "department",
    "crew": "department",
}
DOORS = frozenset({"collector", "officer", "cleaner", "hotline"})
WEEK = (
    (1, lazy("周一")),
    (2, lazy("周二")),
    (3, lazy("周三")),
    (4, lazy("周四")),
    (5, lazy("周五")),
    (6, lazy("周六")),
    (7, lazy("周日")),
)
REPATH = """
WITH RECURSIVE tree AS (
    SELECT id, ARRAY[id] AS path FROM organisations_organisation WHERE parent_id IS NULL
    UNION ALL
    SELECT o.id, t.path || o.id FROM organisations_organisation o JOIN tree t ON o.parent_id = t.id WHERE o.id <> ALL (t.path))
UPDATE organisations_organisation o SET path = tree.path FROM tree WHERE o.id = tree.id AND o.path <> tree.path
"""


def _one_id(text: str) -> list[int]:
    return [int(text)]


# 机构 ------------------------------------------------------------------------


def _check_organisation(draft: Draft) -> None:
    row = draft.row
    if row.parent is not None:  # what was read of it may be older than what somebody else has just done
        row.parent.refresh_from_db(fields=["path"])
    if row.parent is None and row.kind != "city":
        raise Invalid(_("没有保存：请选上级机构"), errors={"parent": [_("请选上级机构")]})
    if row.parent is not None and row.pk and row.pk in (row.parent.path or []):
        raise Invalid(
            _("没有保存：上级不能是自己或自己的下级"), errors={"parent": [_("上级不能是自己或自己的下级")]}
        )
    fields.check_span(row, called=(lazy("启用日"), lazy("停用日")))
    if row.valid_to and row.pk and row.children.filter(valid_to__isnull=True).exists():
        raise Invalid(_("没有保存：还有下级机构在用"), errors={"valid_to": [_("先停用下级机构")]})


def _save_organisation(draft: Draft) -> None:
    draft.row.save()
    sql.execute(REPATH)
    if draft.row.valid_to:
        tell_dispatchers(draft.row, draft.now)


ORGANISATIONS = Register(
    code="organisations",
    title=lazy("机构"),
    group=WHO,
    icon="sitemap",
    model=Organisation,
    subject="organisation",
    topics=TOPICS,
    about=lazy("从市到班组，改名、调整上级、停用"),
    key=lambda row: row.code,
    label=lambda row: f"{row.code} {refs.named(row)}",
    order="code",
    search=("code", "name", "short_name"),
    related=("parent", "body"),
    depth=lambda row: min(max(len(row.path) - 1, 0), 4),
    filters=(
        Filter("kind", lazy("全部种类"), by("kind"), refs.org_kinds),
        Filter("under", lazy("全部上级"), by("path__contains", _one_id), lambda: _tops()),
    ),
    fields=(
        Field(
            "code", lazy("代码"), longest=30, fixed=True, hint=lazy("新增后不能改，停用后也不再给别的机构用")
        ),
        Field("name", lazy("名称"), longest=80),
        fields.optional("short_name", lazy("简称"), 40),
        fields.optional("name_en", lazy("英文名"), 120),
        Field("kind", lazy("种类"), "select", choices=refs.org_kinds, column=True),
        Field("parent", lazy("上级机构"), "ref", ref=refs.ORGANISATION, required=False, column=True),
        Field(
            "body",
            lazy("对外负责的机构"),
            "ref",
            ref=refs.ORGANISATION,
            required=False,
            hint=lazy("科室、班组由哪个单位负责；单位自己负责就空着"),
        ),
        fields.optional("division", lazy("区划代码"), 12),
        Field("duties", lazy("职责"), "textarea", required=False),
        Field("phone", lazy("办公电话"), "tel", required=False, longest=40),
        fields.day("valid_from", lazy("启用日"), column=False),
        fields.day(
            "valid_to",
            lazy("停用日"),
            hint=lazy("填了就从这一天起停用；案卷和记录不变，没有办结的由派遣员撤回后改派"),
        ),
        fields.source(),
    ),
    check=_check_organisation,
    save=_save_organisation,
    links=lambda row: (
        (_("下级机构"), "organisations", "under", str(row.pk)),
        (_("岗位"), "posts", "find", row.code),
    ),
)


def _tops() -> list[tuple[str, Any]]:
    rows = Organisation.objects.filter(
        kind__in=[
            "department",
            "unit",
            "county_platform",
            "supervision_centre",
            "command_centre",
            "hotline_centre",
        ]
    )
    return [(str(row.pk), refs.named(row)) for row in rows.order_by("code")]


# 岗位 ------------------------------------------------------------------------


def _check_post(draft: Draft) -> None:
    """The axis and the door follow from the kind of post: nobody chooses them."""
    row = draft.row
    row.side = SIDE_OF.get(row.kind, "")
    row.door = row.kind if row.kind in DOORS else ""


POSTS = Register(
    code="posts",
    title=lazy("岗位"),
    group=WHO,
    icon="id-badge",
    model=Post,
    subject="organisation.post",
    topics=TOPICS,
    about=lazy("机构里的岗位；属监督、指挥还是处置由种类定"),
    key=refs.post_key,
    label=refs.post_title,
    order="organisation__code",
    search=("name", "organisation__name", "organisation__code"),
    related=("organisation",),
    filters=(Filter("kind", lazy("全部岗位"), by("kind"), refs.posts),),
    fields=(
        Field("organisation", lazy("机构"), "ref", ref=refs.ORGANISATION, fixed=True),
        Field("kind", lazy("岗位种类"), "select", choices=refs.posts, fixed=True, column=True),
        Field("name", lazy("名称"), longest=60),
        fields.optional("name_en", lazy("英文名"), 80),
    ),
    check=_check_post,
    removal=lambda row: _("还有人任这个岗位") if row.holdings.exists() else "",
    links=lambda row: ((_("任职人员"), "holdings", "find", row.organisation.code),),
)


# 人员 ------------------------------------------------------------------------


def first_password() -> str:
    """Good for one sign-in: the page after it asks for another. No letters that are taken for each other."""
    return "-".join("".join(choice(LETTERS) for _n in range(4)) for _part in range(4))


def _save_person(draft: Draft) -> None:
    person = draft.row
    if draft.is_new:
        draft.shown_once = first_password()
        person.set_password(draft.shown_once)
        person.must_change_password = True
    person.save()


def _check_person(draft: Draft) -> None:
    person, digits = draft.row, draft.row.phone.replace("-", "").replace(" ", "")
    if not re.fullmatch(r"[A-Za-z0-9._-]+", person.code):
        raise Invalid(
            _("没有保存：人员代码写法不对"),
            errors={"code": [_("只用字母、数字、点和横线，例如 dispatcher.3")]},
        )
    if digits and not (digits.lstrip("+").isdigit() and 7 <= len(digits) <= 15):
        raise Invalid(_("没有保存：电话写法不对"), errors={"phone": [_("请写 11 位手机号或带区号的电话")]})
    if person.pk == draft.by.id and not person.is_active:
        raise Invalid(
            _("没有保存：不能停用自己"), errors={"is_active": [_("不能停用自己，请另一位运行维护员办理")]}
        )


def _reset_password(draft: Draft) -> None:
    person = draft.row
    draft.shown_once = first_password()
    person.set_password(draft.shown_once)
    person.must_change_password, person.failed_sign_ins, person.locked_until = True, 0, None
    person.save(update_fields=["password", "must_change_password", "failed_sign_ins", "locked_until"])


def _unlock(draft: Draft) -> None:
    draft.row.failed_sign_ins, draft.row.locked_until = 0, None
    draft.row.save(update_fields=["failed_sign_ins", "locked_until"])


def _give_token(draft: Draft) -> None:
    draft.shown_once = new_token(draft.row.pk, _("系统管理页面"), draft.now + timedelta(days=365))


PEOPLE = Register(
    code="people",
    title=lazy("人员"),
    group=WHO,
    icon="users",
    model=Person,
    subject="identity.person",
    topics=("people",),
    about=lazy("新增、停用、电话邮箱、重设密码"),
    key=lambda row: row.code,
    label=lambda row: f"{row.code} {row.name}",
    order="code",
    search=("code", "name", "phone"),
    filters=(
        Filter(
            "active",
            lazy("在用和停用"),
            by("is_active"),
            lambda: [("True", _("只看在用")), ("False", _("只看停用"))],
        ),
        Filter("post", lazy("全部岗位"), by("holdings__post__kind"), refs.posts),
    ),
    fields=(
        Field(
            "code",
            lazy("人员代码"),
            longest=40,
            fixed=True,
            hint=lazy("用来登录，新增后不能改，也不再给别人用"),
        ),
        Field("name", lazy("姓名"), longest=40, personal=True),
        Field("phone", lazy("电话"), "tel", required=False, longest=30, personal=True, column=True),
        Field("email", lazy("邮箱"), "email", required=False, longest=254, personal=True),
        Field(
            "is_active",
            lazy("在用"),
            "checkbox",
            column=True,
            initial=True,
            hint=lazy("不在用的人不能登录，令牌同时失效；办过的事不变"),
        ),
    ),
    check=_check_person,
    save=_save_person,
    acts=(
        RowAct(
            "password-reset",
            lazy("重设密码"),
            lazy("现在的密码马上失效，新密码只显示一次，本人登录后要自己改"),
            _reset_password,
            beside=lambda row: row.password,
        ),
        RowAct(
            "unlocked",
            lazy("解除锁定"),
            lazy("连续输错密码被锁的，马上可以再登录"),
            _unlock,
            offered=lambda row: bool(row.locked_until and row.locked_until > timezone.now()),
        ),
        RowAct(
            "token-created",
            lazy("发访问令牌"),
            lazy("程序拿着令牌就能做本人能做的事。有效一年，只显示这一次"),
            _give_token,
            offered=lambda row: row.is_active,
        ),
    ),
    links=lambda row: (
        (_("任职"), "holdings", "find", row.code),
        (_("班次"), "shifts", "find", row.code),
        (_("代理"), "delegations", "find", row.code),
        (_("令牌"), "tokens", "find", row.code),
    ),
)


# 任职、代理、班次、令牌 ---------------------------------------------------------


def _check_holding(draft: Draft) -> None:
    row, today = draft.row, timezone.localdate(draft.now)
    fields.check_span(row, "since", "until", called=(lazy("起日"), lazy("止日")))
    if row.person_id != draft.by.id or row.post.kind != "operator":
        return
    out_of_it = {"until": row.until and row.until < today, "since": row.since and row.since > today}
    if wrong := [name for name, is_out in out_of_it.items() if is_out]:
        sentence = _("请另一位运行维护员办理")
        raise Invalid(_("没有保存：不能免去自己的维护岗位"), errors={name: [sentence] for name in wrong})


HOLDINGS = Register(
    code="holdings",
    title=lazy("任职"),
    group=WHO,
    icon="switch-horizontal",
    model=Holding,
    subject="identity.holding",
    topics=TOPICS,
    about=lazy("谁任什么岗位，从哪天到哪天，正职还是副职"),
    key=lambda row: f"{row.person.code} {refs.post_key(row.post)}",
    label=lambda row: remarked(row.person.name, row.person.code),
    order="person__code",
    related=("person", "post", "post__organisation"),
    search=("person__code", "person__name", "post__organisation__name", "post__organisation__code"),
    filters=(Filter("kind", lazy("全部岗位"), by("post__kind"), refs.posts),),
    fields=(
        Field("person", lazy("人员"), "ref", ref=refs.PERSON, fixed=True),
        Field("post", lazy("岗位"), "ref", ref=refs.POST, fixed=True, column=True),
        fields.day("since", lazy("起日")),
        fields.day("until", lazy("止日（含）"), hint=lazy("免职填最后一天")),
        Field("deputy", lazy("副职"), "checkbox", column=True),
    ),
    check=_check_holding,
)


def _check_delegation(draft: Draft) -> None:
    row = draft.row
    if row.principal == row.deputy:
        raise Invalid(_("没有保存：代理人不能是本人"), errors={"deputy": [_("请选另一个人")]})
    if row.ends_at <= row.starts_at:
        raise Invalid(_("没有保存：止时应晚于起时"), errors={"ends_at": [_("应晚于起时")]})


DELEGATIONS = Register(
    code="delegations",
    title=lazy("代理"),
    group=WHO,
    icon="users",
    model=Delegation,
    subject="identity.delegation",
    topics=("people",),
    about=lazy("谁在什么时间代谁办理；记录里写明代谁"),
    key=lambda row: f"{row.deputy.code} {row.principal.code}",
    label=lambda row: _("%(a)s 代 %(b)s") % {"a": row.deputy.name, "b": row.principal.name},
    descending=True,
    related=("principal", "deputy"),
    search=("principal__code", "principal__name", "deputy__code", "deputy__name"),
    fields=(
        Field("principal", lazy("本人"), "ref", ref=refs.PERSON, fixed=True),
        Field("deputy", lazy("代理人"), "ref", ref=refs.PERSON, fixed=True),
        Field("starts_at", lazy("起"), "datetime", column=True),
        Field("ends_at", lazy("止"), "datetime", column=True, hint=lazy("提前结束就改成现在")),
        fields.optional("reason", lazy("原因"), 200, column=True),
    ),
    check=_check_delegation,
)


def _weekdays() -> list[tuple[str, Any]]:
    return [(str(n), title) for n, title in WEEK]


SHIFTS = Register(
    code="shifts",
    title=lazy("班次"),
    group=WHO,
    icon="clock",
    model=Shift,
    subject="identity.shift",
    topics=("people",),
    about=lazy("每周哪几天、几点到几点当班；派核实核查先找当班的人"),
    key=lambda row: f"{row.person.code} {row.starts:%H:%M}",
    label=lambda row: remarked(row.person.name, row.person.code),
    order="person__code",
    related=("person",),
    search=("person__code", "person__name"),
    fields=(
        Field("person", lazy("人员"), "ref", ref=refs.PERSON, fixed=True),
        Field("weekdays", lazy("星期"), "checkboxes", choices=_weekdays, parse=int, column=True),
        Field("starts", lazy("上班"), "time", column=True),
        Field("ends", lazy("下班"), "time", column=True, hint=lazy("早于上班就是第二天")),
        fields.day("valid_from", lazy("起日")),
        fields.first_day_without("valid_to"),
    ),
    check=lambda draft: fields.check_span(draft.row),
    removal=lambda row: "",
)


def _revoke(draft: Draft) -> None:
    if draft.row.revoked_at is not None:
        raise Refused(_("这个令牌已经停用"), code="wrong-stage")
    draft.row.revoked_at = draft.now
    draft.row.save(update_fields=["revoked_at"])


TOKENS = Register(
    code="tokens",
    title=lazy("访问令牌"),
    group=WHO,
    icon="key",
    model=Token,
    subject="identity.token",
    topics=("people",),
    about=lazy("程序用的钥匙；在人员页上发放，这里停用"),
    key=lambda row: f"{row.person.code} #{row.pk}",
    label=lambda row: remarked(row.person.name, row.person.code),
    descending=True,
    related=("person",),
    search=("person__code", "person__name", "label"),
    may_add=False,
    fields=(
        fields.optional("label", lazy("用途"), 60, column=True),
        Field("created_at", lazy("发放"), "datetime", fixed=True, column=True),
        Field("expires_at", lazy("到期"), "datetime", required=False, column=True),
        Field("revoked_at", lazy("停用"), "datetime", fixed=True, column=True),
    ),
    acts=(
        RowAct(
            "revoked",
            lazy("停用令牌"),
            lazy("马上失效，不能恢复；要用再发一个"),
            _revoke,
            offered=lambda row: row.revoked_at is None,
            danger=True,
        ),
    ),
)

REGISTERS = (ORGANISATIONS, POSTS, PEOPLE, HOLDINGS, DELEGATIONS, SHIFTS, TOKENS)
assert set(SIDE_OF) <= {*choices.POST, "section_head"}
