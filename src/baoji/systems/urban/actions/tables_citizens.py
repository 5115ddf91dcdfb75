"""What the operator sets about citizens: what is public and how exactly, how many may report at once, how long things are kept;
wrong passwords and the street."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.registers.declare import Field, Text
from baoji.systems.urban.actions import tables_refs as refs
from baoji.systems.urban.actions.tables_policy import fixed, whole
from baoji.systems.urban.rules.citizens import Place

SPARE_LINES = 3
MOST_DAYS = 3650


def _places() -> list[tuple[str, str]]:
    return [
        (Place.EXACT, _("准确位置")),
        (Place.COARSE, _("大致位置（方格中心）")),
        (Place.HIDDEN, _("不公开")),
    ]


def _line_field(n: int, name: str, label: str, **more: Any) -> Field:
    """A field of the n-th line about a class; a line without class is dropped on saving."""

    def get(row: Any) -> Any:
        lines = (row.value or {}).get("classes", [])
        line = lines[n] if n < len(lines) else {}
        if name == "place":
            return line.get("place", Place.COARSE)
        return f"{line['kind']}-{line['class']}" if line.get("class") else ""

    def put(row: Any, value: Any) -> None:
        row.value = dict(row.value or {})
        lines = [dict(line) for line in row.value.get("classes", [])]
        lines += [{} for _n in range(n + 1 - len(lines))]
        if name == "place":
            lines[n]["place"] = value or str(Place.COARSE)
        else:
            kind, _dash, code = (value or "").partition("-")
            lines[n] = {"place": lines[n].get("place", str(Place.COARSE))} | (
                {"kind": kind, "class": code} if code else {}
            )
        row.value["classes"] = lines

    return Field(f"classes.{n}.{name}", label, required=False, get=get, put=put, **more)


def _public(row: Any) -> tuple[Field, ...]:
    made: list[Field] = [
        whole("shown_days", lazy("结案后公开多少天"), 180, MOST_DAYS, least=1),
        whole("coarse_m", lazy("大致位置用多大的方格（米）"), 200, 2000, least=100),
        whole("digest_hour", lazy("订阅邮件几点发"), 8, 23),
        whole(
            "letters_each_step", lazy("每一步都写信给留了邮箱的上报人（1 写，0 只在结束和答复时写）"), 0, 1
        ),
        whole("texts_at_end", lazy("办结时给只留了手机号的上报人发一条短信（1 发，0 不发）"), 1, 1),
    ]
    for n in range(len((row.value or {}).get("classes", [])) + SPARE_LINES):
        made.append(
            _line_field(n, "class", _("第 %(n)d 条：类别") % {"n": n + 1}, kind="ref", ref=refs.CLASS)
        )
        made.append(
            _line_field(n, "place", _("第 %(n)d 条：怎样公开") % {"n": n + 1}, kind="select", choices=_places)
        )
    return tuple(made)


INTAKE = fixed(
    whole("per_hour", lazy("一个网络或一台设备每小时可报几件，不用算题"), 10, 10000, least=1),
    whole("proved_per_hour", lazy("算题后一个网络每小时可再报几件"), 30, 10000),
    whole("city_per_hour", lazy("全市每小时可报几件，不用算题"), 600, 100000, least=1),
    whole("city_proved_per_hour", lazy("算题后全市每小时可再报几件"), 600, 100000),
    whole("same_words_per_hour", lazy("同样的话每小时几件，再多先由人看"), 5, 10000, least=1),
    whole("held_per_hour", lazy("一个网络每小时最多留几件等人看"), 120, 100000),
    whole("held_most", lazy("等人看的最多留几件"), 5000, 1000000),
    whole("proof_bits", lazy("题的难度（SHA-256 开头几位是 0）"), 16, 24, lazy("每加 1，浏览器要多算一倍")),
    whole("found_days", lazy("发现时间最早可以在几天前（各种来源）"), 366, MOST_DAYS, least=1),
)
RETENTION = fixed(
    whole("caller_days", lazy("姓名和电话：办完后保留几天"), 180, MOST_DAYS),
    whole("mail_days", lazy("上报人的邮箱：办完后保留几天"), 30, MOST_DAYS),
    whole("citizen_photo_days", lazy("市民照片的原件：办完后保留几天"), 365, MOST_DAYS),
    whole("staff_photo_days", lazy("工作人员照片的原件：办完后保留几天"), 1095, MOST_DAYS),
    whole("voice_days", lazy("录音：办完后保留几天"), 365, MOST_DAYS),
    whole("held_days", lazy("没有放行的上报：决定后保留几天"), 30, MOST_DAYS),
    whole("held_contact_days", lazy("没有人决定的上报：姓名、电话和邮箱收到后保留几天"), 90, MOST_DAYS),
    whole("subscription_days", lazy("没有确认的订阅：保留几天"), 2, 90, least=1),
    whole("upload_days", lazy("传上来却没有用到任何上报里的照片和录音：保留几天"), 35, MOST_DAYS, least=32),
    whole("sos_days", lazy("求助的位置和说的话：结束后保留几天"), 365, MOST_DAYS),
    whole(
        "answer_days",
        lazy("程序和页面提交后的回答：保留几天"),
        30,
        MOST_DAYS,
        lazy("在这几天里，同一个 Idempotency-Key 再来不会办第二次；过后算新的请求"),
        least=1,
    ),
    whole("notice_days", lazy("消息：收到后保留几天，看没看都一样"), 730, MOST_DAYS, least=30),
)
SIGN_IN = fixed(
    whole("failures", lazy("一个人连续输错几次密码，账号要等"), 5, 100, least=1),
    whole("lock_minutes", lazy("账号要等几分钟"), 15, 1440, least=1),
    whole(
        "address_failures",
        lazy("一个网络可以输错几次密码"),
        50,
        100_000,
        lazy("只数输错的，不分是谁的；满了以后，这个网络要等"),
        least=5,
    ),
    whole("address_minutes", lazy("多少分钟后又可以输错这么多次"), 30, 1440, least=1),
)
FIELD = fixed(
    whole("track_days", lazy("外勤位置保留几天"), 30, MOST_DAYS),
    whole("pass_tasks_on", lazy("下班时任务转给当班的人（1 转，0 不转）"), 1, 1),
    whole("clock_days", lazy("手机说的时间早于到达多少天，就算手机时钟不准"), 30, 365, least=1),
    whole("duty_hours", lazy("上班后满多少小时没有按下班，自动下班"), 16, 168, least=1),
    whole("session_days", lazy("外勤手机多少天没有联络，要重新登录"), 7, 30, least=1),
)
CITIZENS: dict[str, tuple[Text, Any, Callable[[Any], tuple[Field, ...]]]] = {
    "public": (lazy("公开案卷"), {"classes": []}, _public),
    "intake": (lazy("市民上报的数量限制"), {}, INTAKE),
    "retention": (lazy("保留期限"), {}, RETENTION),
    "sign_in": (lazy("登录"), {}, SIGN_IN),
    "field": (lazy("外勤"), {}, FIELD),
}


def tidy(value: dict[str, Any]) -> None:
    """Takes lines without a class out of the policy `public`."""
    value["classes"] = [line for line in value.get("classes", []) if line.get("class")]
