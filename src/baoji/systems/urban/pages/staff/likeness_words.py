"""What is said about two photos that look alike: what was measured, never what somebody did."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

KIND: Mapping[str, Promise] = {
    "exact": lazy("两件案卷里是同一个文件"),
    "near": lazy("两件案卷里的照片看上去是同一张"),
    "feature": lazy("一张看上去是从另一张裁出、翻拍或截屏来的"),
    "after": lazy("同一案里，后来的照片看上去就是先前那张"),
    "again": lazy("同一案里，两次办理交的是同一个文件"),
}
# Where one of the two is no case's.
WITH_CORRECTION: Mapping[str, Promise] = {
    "exact": lazy("两处用的是同一个文件，其中有部件纠错"),
    "near": lazy("两处的照片看上去是同一张，其中有部件纠错"),
}
MOMENT: Mapping[str, Promise] = {
    "before": lazy("处置前"),
    "after": lazy("处置后"),
    "check": lazy("核查"),
    "other": lazy("附件"),
    "ledger": lazy("部件纠错"),
}
VERDICT: Mapping[str, Promise] = {
    "same": lazy("是同一张"),
    "different": lazy("不是同一张"),
    "unsure": lazy("说不准"),
}


def kind(row: Mapping[str, Any]) -> Promise:
    """What a finding says of its two photos."""
    has_correction = row["later_correction"] or row["earlier_correction"]
    return (has_correction and WITH_CORRECTION.get(row["kind"])) or KIND[row["kind"]]


def like(row: Mapping[str, Any]) -> str:
    """Beside a photo, what another one is on that it looks like, and what somebody said of it."""
    said = (
        _("像 %(number)s 里的一张") % {"number": row["shown"]}
        if row["shown"]
        else _("像一条部件纠错里的一张")
    )
    return f"{said} · {VERDICT[row['verdict']]}" if row["verdict"] else said


def measure(row: Mapping[str, Any]) -> str:
    """The numbers behind it, for whoever wants to weigh them."""
    if row["distance"] == 0 and not row["inliers"]:
        return _("每个字节都一样")
    said = []
    if row["inliers"]:
        said.append(_("%(n)d 个点对得上") % {"n": row["inliers"]})
        said.append(_("叠在一起，%(share)d%% 的画面相同") % {"share": round(row["alike"] * 100)})
    if row["distance"] is not None:
        said.append(_("指纹 64 位里差 %(n)d 位") % {"n": row["distance"]})
    if row["mirrored"]:
        said.append(_("左右翻转过"))
    return " · ".join(said)
