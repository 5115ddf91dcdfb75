"""Marks as sentences that a clerk would say."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOTABLE_SKEW_MS = 2000  # a clock that is off by less is not worth a word

FAILING: dict[str, Promise] = {
    "malformed": _("信封的写法不合规范"),
    "unknown-key": _("到达时签名的钥匙没有登记"),
    "other-person": _("发送的人不是钥匙的主人"),
    "signature": _("签名对不上"),
    "ticket": _("信封里的时间票不是本市给这把钥匙的"),
    "key-ended": _("到达时这把钥匙已经停用"),
    "content": _("信封说的不是这个文件"),
    "other-report": _("信封是为另一次上报签的，或早先已随别的案卷、别的一次办理来过"),
}
LACKING: dict[str, Promise] = {
    "no-envelope": _("没有手机签名"),
    "waiting": _("这台手机还没有第二个人核准"),
    "frozen": _("到达时这把钥匙已冻结：有两处在用，说不清是谁签的"),
    "no-ticket": _("没有时间票，不能证明最早时间"),
    "no-receipt": _("没有回执"),
    "gallery": _("从手机相册选的，不是当场拍的"),
    "no-camera": _("手机没有说是用镜头当场拍的"),
}
REMARKS: dict[str, Promise] = {
    "expired": _("按手机时钟，时间票已过期"),
    "late": _("从领票到到达超过一天"),
    "skew": _("手机时钟不准"),
    "rewound": _("服务器早已收过这个编号"),
    "forked": _("同一编号有两个不同的版本，钥匙可能被复制，请问清楚"),
    "copied": _("这把钥匙曾因记录出现两个版本而冻结，可能有两个人用过"),
    "link": _("时间票里写的审计日志环与现在的不同：本市此后从备份恢复过，或者票是编造的"),
    "role": _("签名时说的处置前后，与这一步要的照片不一致"),
}


def reasons(marks: Iterable[str]) -> list[str]:
    """Why something is not proven."""
    known = FAILING | LACKING
    return [str(known[mark]) for mark in marks if mark in known]


def remarks(marks: Iterable[str]) -> list[str]:
    return [str(REMARKS[mark]) for mark in marks if mark in REMARKS]
