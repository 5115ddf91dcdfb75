"""What is proven about a photo and what is the device's word, in plain words for the case page and its evidence page."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import listed, wild_clock
from baoji.kernel.evidence.words import NOTABLE_SKEW_MS, reasons, remarks

Shown = dict[str, Any]


def told(file: Shown) -> Shown:
    """`kind`, `title`, and lines: `proven`, `word` (the device's), `remarks`, from an attachment of `public.view`."""
    return {
        "kind": file["proof"],
        "title": _title(file),
        "proven": _proven(file) if file["proof"] == "proven" else [],
        "reasons": reasons(file["marks"]),
        "word": _word(file),
        "remarks": remarks(file["marks"]),
        "original": file["original_url"],
        "is_erased": not file["original_kept"],
    }


def _title(file: Shown) -> str:
    if file["proof"] == "proven":
        return _("已证明 %(window)s") % {"window": _window(file["not_before"], file["received_at"])}
    return _("证明不成立") if file["proof"] == "failed" else _("只是陈述，没有证明")


def _window(first: datetime, last: datetime) -> str:
    """`03-17 10:02–14:31`, each with its day where they differ, with seconds within one minute; the end is rounded up."""
    if not is_sane(first):
        return wild_clock()
    first, last = timezone.localtime(first), timezone.localtime(last)
    is_short = last - first < timedelta(minutes=1)
    clock, last = ("%H:%M:%S", _up(last)) if is_short else ("%H:%M", _up(last, 60))
    day = "" if first.date() == last.date() else f"{last:%m-%d} "
    return f"{first:%m-%d} {first:{clock}}–{day}{last:{clock}}"


def _proven(file: Shown) -> list[str]:
    lines = [_("从签名起，这些字节没有变过")]
    if file.get("kid"):
        lines.append(_("由登记过、经第二个人核准的手机签名，钥匙 %(kid)s") % {"kid": file["kid"][:12]})
    else:
        lines.append(_("由登记过、经第二个人核准的手机签名"))
    window = {"first": _second(file["not_before"]), "last": _second(_up(file["received_at"]))}
    return [*lines, _("签名不早于 %(first)s，不晚于 %(last)s") % window]


def _up(at: datetime, seconds: int = 1) -> datetime:
    """The next full second or minute, for what was so by then."""
    over = timedelta(seconds=at.second % seconds, microseconds=at.microsecond)
    return at + timedelta(seconds=seconds) - over if over else at


def _second(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if is_sane(at) else wild_clock()


def _word(file: Shown) -> list[str]:
    """Nothing where no device has said anything that is known to be its own."""
    said = []
    if file["captured_at"] is not None:
        said.append(_("%(at)s 拍摄") % {"at": _second(file["captured_at"])})
    elif "live" in file:  # a device has spoken, and its clock stood where no calendar of ours reaches
        said.append(wild_clock())
    if file.get("live"):
        said.append(_("用镜头当场拍的"))
    if file.get("position"):
        lon, lat = file["position"]["coordinates"]
        place = _("位置 %(place)s") % {"place": f"{lat:.5f}, {lon:.5f}"}
        exact = (
            _("误差 %(m)d 米") % {"m": round(file["accuracy_m"])} if file["accuracy_m"] is not None else ""
        )
        said.append(listed(filter(None, (place, exact))))
    skew = file.get("skew_ms")
    if skew is not None and abs(skew) >= NOTABLE_SKEW_MS:
        said.append(_off(skew))
    return said


def _off(skew_ms: int) -> str:
    whole = timedelta(seconds=abs(skew_ms) // 1000)
    ahead = _("手机时钟快 %(span)s") if skew_ms > 0 else _("手机时钟慢 %(span)s")
    return ahead % {"span": _span(whole)}


def _span(whole: timedelta) -> str:
    seconds = int(whole.total_seconds())
    if seconds >= 86400:
        return _("%(n)d 天") % {"n": seconds // 86400}
    if seconds >= 3600:
        return _("%(h)d 小时 %(m)d 分") % {"h": seconds // 3600, "m": seconds % 3600 // 60}
    return _("%(m)d 分 %(s)d 秒") % {"m": seconds // 60, "s": seconds % 60}
