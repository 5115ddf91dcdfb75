"""核对 in plain words with its numbers: what was measured and from when on it is shown, never what to think of it."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.kernel.base.phrases import sentences
from baoji.systems.urban.pages.staff.words import span

Facts = dict[str, Any]
KIND = {
    "speed": gettext_lazy("两次拍照之间的速度"),
    "jump": gettext_lazy("轨迹跳跃"),
    "far": gettext_lazy("离对象的距离"),
    "short": gettext_lazy("在现场的时间"),
    "early": gettext_lazy("拍照早于任务"),
    "old_fix": gettext_lazy("照片的位置是早先的"),
    "static": gettext_lazy("位置一直不变"),
    "accuracy": gettext_lazy("误差始终相同"),
    "skew": gettext_lazy("手机时钟"),
    "gap": gettext_lazy("信封编号有缺"),
    "sample": gettext_lazy("抽查和核查不一致"),
    "no_track": gettext_lazy("前后没有轨迹"),
}
STATE = {
    "new": gettext_lazy("没看过"),
    "follow": gettext_lazy("需要跟进"),
    "seen": gettext_lazy("看过"),
    "unknown": gettext_lazy("不明"),
    "gone": gettext_lazy("后来对上了"),
}


def distance(metres: float) -> str:
    if metres < 1000:
        return _("%(m)d 米") % {"m": metres}
    return _("%(km).1f 公里") % {"km": metres / 1000}


def short_span(seconds: float) -> str:
    """As `span`, with the seconds where there are less than ten minutes."""
    if seconds < 1:
        return _("不到 1 秒")
    if seconds < 60:
        return _("%(s)d 秒") % {"s": seconds}
    if seconds < 600:
        return _("%(m)d 分 %(s)d 秒") % {"m": seconds // 60, "s": seconds % 60}
    return span(seconds)


def sentence(kind: str, facts: Facts) -> str:
    """What was measured."""
    return SENTENCES[kind](facts)


def limit(kind: str, facts: Facts) -> str:
    """From when on it is shown; '' where there is no such number."""
    made = LIMITS.get(kind)
    return made(facts) if made else ""


def _speed(facts: Facts) -> str:
    return _("两张照片相距 %(far)s，前后 %(span)s，合每小时 %(kmh)d 公里") % _move(facts)


def _jump(facts: Facts) -> str:
    words = _("相邻两个位置相距 %(far)s，前后 %(span)s，合每小时 %(kmh)d 公里") % _move(facts)
    if facts["n"] > 1:
        return _("%(worst)s；这一天共 %(n)d 处，这是最大的一处") % {"worst": words, "n": facts["n"]}
    return words


def _move(facts: Facts) -> Facts:
    return {
        "far": distance(facts["metres"]),
        "span": short_span(facts["seconds"]),
        "kmh": facts["kmh"],
    }


def _far(facts: Facts) -> str:
    words = _("最近的一张离对象 %(far)s，手机说误差 %(accuracy)d 米") % {
        "far": distance(facts["metres"]),
        "accuracy": facts["accuracy_m"],
    }
    return sentences((words, _("对象的位置是上报人在地图上点的"))) if "by_hand" in facts else words


def _short(facts: Facts) -> str:
    return _("按轨迹，在 %(m)d 米之内最多停留 %(span)s") % {
        "m": facts["metres"],
        "span": short_span(facts["seconds"]),
    }


def _early(facts: Facts) -> str:
    return _("按手机时钟（已校正），比派任务早 %(span)s 拍的") % {"span": short_span(facts["seconds"])}


def _old_fix(facts: Facts) -> str:
    return _("照片上的位置是拍照前 %(span)s测的") % {"span": short_span(facts["seconds"])}


def _static(facts: Facts) -> str:
    return _("%(n)d 个位置一字不变，前后 %(span)s") % {
        "n": facts["points"],
        "span": span(facts["minutes"] * 60),
    }


def _accuracy(facts: Facts) -> str:
    return _("走了 %(far)s，%(n)d 个位置的误差都是 %(m).1f 米") % {
        "far": distance(facts["metres"]),
        "n": facts["points"],
        "m": facts["accuracy_dm"] / 10,
    }


def _skew(facts: Facts) -> str:
    words = _("手机时钟快 %(span)s") if facts["seconds"] > 0 else _("手机时钟慢 %(span)s")
    return words % {"span": short_span(abs(facts["seconds"]))}


def _gap(facts: Facts) -> str:
    if facts["n"] == 1:
        return _("%(first)d 号信封没有来") % {"first": facts["first"]}
    return _("%(first)d 到 %(last)d 号信封没有来，共 %(n)d 个") % facts


def _sample(facts: Facts) -> str:
    return _("抽查说没有处置好；%(span)s 前核查说处置好了") % {"span": span(facts["seconds"])}


def _no_track(facts: Facts) -> str:
    words = (
        _("拍照前后 %(n)d 分钟没有位置，当时在岗")
        if facts["on_duty"]
        else _("拍照前后 %(n)d 分钟没有位置，当时没有上班")
    )
    return words % {"n": facts["minutes"]}


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "speed": _speed,
    "jump": _jump,
    "far": _far,
    "short": _short,
    "early": _early,
    "old_fix": _old_fix,
    "static": _static,
    "accuracy": _accuracy,
    "skew": _skew,
    "gap": _gap,
    "sample": _sample,
    "no_track": _no_track,
}


def _over_kmh(facts: Facts) -> str:
    return _("每小时超过 %(n)d 公里就列出") % {"n": facts["limit_kmh"]}


LIMITS: dict[str, Callable[[Facts], str]] = {
    "speed": _over_kmh,
    "jump": _over_kmh,
    "far": lambda facts: _("减去误差还超过 %(n)d 米就列出") % {"n": facts["limit_m"]},
    "short": lambda facts: _("不到 %(n)d 秒就列出") % {"n": facts["limit_seconds"]},
    "early": lambda facts: _("早于 %(n)d 秒就列出") % {"n": facts["limit_seconds"]},
    "old_fix": lambda facts: _("早于 %(n)d 秒就列出") % {"n": facts["limit_seconds"]},
    "static": lambda facts: _("满 %(n)d 分钟就列出") % {"n": facts["limit_minutes"]},
    "accuracy": lambda facts: _("满 %(n)d 个位置就列出") % {"n": facts["limit_points"]},
    "skew": lambda facts: _("差过 %(n)d 秒就列出") % {"n": facts["limit_seconds"]},
}
MEANS = {
    "speed": gettext_lazy("也可能是定位跳了，或手机时钟改过"),
    "jump": gettext_lazy("也可能是高楼之间或室内定位跳了"),
    "far": gettext_lazy("也可能是对象登记的位置不对，或从远处拍全景"),
    "short": gettext_lazy("也可能骑车经过时拍的"),
    "early": gettext_lazy("也可能任务来以前正好拍过"),
    "old_fix": gettext_lazy("也可能手机当时定不到位，人还在原处"),
    "static": gettext_lazy("也可能手机放着没动，系统给的是旧位置"),
    "accuracy": gettext_lazy("有的手机把误差写成固定的数"),
    "skew": gettext_lazy("先请本人打开自动对时"),
    "gap": gettext_lazy("也可能还在手机里没发，或换过手机"),
    "sample": gettext_lazy("也可能核查以后又坏了"),
    "no_track": gettext_lazy("网页应用关上就没有位置，什么也说明不了"),
}
