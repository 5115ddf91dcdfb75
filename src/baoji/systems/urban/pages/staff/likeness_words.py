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
MOMENT: Mapping[str, Promise] = {
    "before": lazy("处置前"),
    "after": lazy("处置后"),
    "check": lazy("核查"),
    "other": lazy("附件"),
}
VERDICT: Mapping[str, Promise] = {
    "same": lazy("是同一张"),
    "different": lazy("不是同一张"),
    "unsure": lazy("说不准"),
}


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
