"""What the operator sets about checks that cannot be foreseen: the draw, 核对, 抽查, 协作分析."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.registers.declare import Field, Text
from baoji.systems.urban.actions.tables_policy import fixed, whole

PLAUSIBILITY: dict[str, tuple[Text, Any, Callable[[Any], tuple[Field, ...]]]] = {
    "draw": (
        lazy("抽取采集员"),
        {},
        fixed(
            whole("near_m", lazy("多少米之内抽取"), 3000, 50000, least=1),
            whole("wide_m", lazy("人不够时放宽到多少米"), 8000, 100000, least=1),
            whole("fewest", lazy("至少几人可抽"), 3, 100, least=1),
            whole("most", lazy("最多在最近的几人中抽"), 12, 100, least=1),
        ),
    ),
    "plausibility": (
        lazy("核对"),
        {},
        fixed(
            whole("speed_kmh", lazy("时速超过多少公里列出"), 90, 1000, least=1),
            whole("jump_m", lazy("轨迹一步跳出多少米列出"), 500, 100000, least=1),
            whole("far_m", lazy("拍照处离对象超过多少米列出"), 100, 10000, least=1),
            whole("place_m", lazy("多少米之内算在现场"), 60, 1000, least=1),
            whole("stay_s", lazy("在现场不到多少秒列出"), 30, 3600),
            whole("static_min", lazy("位置一字不变多少分钟列出"), 45, 1440, least=1),
            whole("static_points", lazy("位置一字不变至少几个点"), 60, 10000, least=2),
            whole("accuracy_points", lazy("误差始终相同至少几个点"), 60, 10000, least=2),
            whole("accuracy_walked_m", lazy("误差始终相同至少走了多少米"), 500, 100000, least=1),
            whole("skew_s", lazy("手机时钟差多少秒列出"), 120, 86400, least=1),
            whole("early_s", lazy("比派任务早多少秒列出"), 120, 86400),
            whole("fix_s", lazy("照片上的位置早于拍照多少秒列出"), 120, 86400, least=1),
            whole("gap_min", lazy("前后多少分钟没有位置算不明"), 10, 1440, least=1),
            whole("settle_min", lazy("等迟到的轨迹多少分钟"), 120, 10080),
            whole("keep_days", lazy("保留几天，需要跟进的除外"), 180, 3650, least=1),
        ),
    ),
    "sample": (
        lazy("抽查"),
        {},
        fixed(
            whole("per_mille", lazy("核查通过的抽千分之几"), 20, 1000, lazy("0 就是不抽查")),
            whole("most_a_day", lazy("一天最多抽几件"), 100, 10000),
            whole("spare_hours", lazy("离处置时限还有几小时的才抽"), 24, 720, lazy("这样不会因抽查晚结案")),
        ),
    ),
    "pairs": (
        lazy("协作分析"),
        {},
        fixed(
            whole("least", lazy("同办至少几件才列出"), 10, 10000, least=1),
            whole("quick_min", lazy("几分钟内办完算很快"), 10, 1440, least=1),
        ),
    ),
}
