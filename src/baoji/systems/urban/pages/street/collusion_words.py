"""协作分析 in plain words: what was expected, how rare it is, and why it may still mean nothing."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.systems.urban.rules.collusion import Pair, Pattern

KIND = {
    "checker": gettext_lazy("上报人 × 核查人"),
    "crew": gettext_lazy("上报人 × 处置班组"),
    "body": gettext_lazy("处置单位 × 核查人"),
}
ABOUT = {
    "checker": gettext_lazy(
        "核查人由抽签决定，应有几件按每次抽签的机会相加；抽签以前的按同月同街道的份额估算。"
    ),
    "crew": gettext_lazy("派给谁不是抽签：应有几件只按同月同街道的份额估算，同一片区同一类问题会自然偏多。"),
    "body": gettext_lazy(
        "核查人由抽签决定，应有几件按每次抽签的机会相加；抽签以前的按同月同街道的份额估算。"
    ),
}
SIDES = {
    "checker": (gettext_lazy("上报人"), gettext_lazy("核查人")),
    "crew": (gettext_lazy("上报人"), gettext_lazy("处置单位或班组")),
    "body": (gettext_lazy("处置单位"), gettext_lazy("核查人")),
}


def chance(tail: float) -> str:
    """`2.7%`, `千分之 2.1`, `百万分之 3.0`: how often so many or more would come about by chance."""
    if tail >= 0.01:
        return f"{tail * 100:.1f}%" if tail < 0.1 else f"{round(tail * 100)}%"
    if tail >= 0.001:
        return _("千分之 %(n).1f") % {"n": tail * 1000}
    if tail >= 1e-6:
        return _("百万分之 %(n).1f") % {"n": tail * 1e6}
    return _("不到百万分之一")


def by_chance(n: float) -> str:
    """How many pairs as rare are to be expected by chance among all that were looked at."""
    if n >= 10:
        return str(round(n))
    return f"{n:.1f}" if n >= 0.05 else "<0.1"


def ratio(pair: Pair) -> str:
    return f"{pair.ratio:.1f}" if pair.ratio is not None else "—"


def pattern(one: Pattern, kind: str, minutes: int) -> str:
    """`核查说已处置好：14 / 14，全部的是 82%`."""
    said = {"what": _what(one, kind, minutes), "k": one.k, "n": one.n, "usual": round(100 * one.usual)}
    return _("%(what)s：%(k)d / %(n)d，全部的是 %(usual)d%%") % said


def _what(one: Pattern, kind: str, minutes: int) -> str:
    if one.name == "quick":
        words = _("派遣后 %(n)d 分钟内处置好") if kind == "crew" else _("派出后 %(n)d 分钟内核查完")
        return words % {"n": minutes}
    if one.name == "hour":
        return _("总在 %(hour)d 点到 %(next)d 点") % {"hour": one.hour, "next": one.hour + 1}
    return str(PATTERNS[one.name])


PATTERNS = {
    "positive": gettext_lazy("核查说已处置好"),
    "chosen": gettext_lazy("没有用抽签，另选了人"),
    "same_device": gettext_lazy("双方的照片出自同一台手机"),
}
