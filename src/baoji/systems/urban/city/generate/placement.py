"""Where things of each class stand, by the class's name, and how common they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from baoji.systems.urban.city.generate.blocks import LandUse

Ground = Literal["kerb", "corner", "yard", "green", "bank", "bridge"]


@dataclass(frozen=True, slots=True)
class Placement:
    """`weight` is the usual share of the class; `ranks` are shares per metre on main, minor, lane.

    Kerb: `beyond` metres outside the kerb, or `within` as a share of the carriageway's half width;
    `chosen` is the share of minor streets that carry the thing at all, lanes a fifth of it.
    `length` and `size` are metres of line and area geometry.
    """

    ground: Ground
    weight: float
    ranks: tuple[float, float, float] = (1.0, 0.7, 0.35)
    beyond: float = 1.2
    within: float = 0.0
    chosen: float = 1.0
    uses: dict[LandUse, float] = field(default_factory=lambda: dict(_TOWN))
    length: float = 40.0
    size: tuple[float, float] = (18.0, 10.0)

    @property
    def area(self) -> bool:
        """Whether the thing takes up ground of its own."""
        return self.size != (18.0, 10.0)


_TOWN: dict[LandUse, float] = {
    "residential": 1.0,
    "commercial": 1.0,
    "public": 0.8,
    "industrial": 0.4,
    "village": 0.3,
}
_HOMES: dict[LandUse, float] = {"residential": 1.0, "public": 0.3, "village": 0.25}
_SHOPS: dict[LandUse, float] = {"commercial": 1.0, "public": 0.35, "residential": 0.2}
_WORKS: dict[LandUse, float] = {"industrial": 1.0, "residential": 0.15}


def _cover(weight: float, within: float, ranks: tuple[float, float, float] = (1.0, 0.9, 0.6)) -> Placement:
    return Placement("kerb", weight, ranks, within=within)


PLACEMENTS: dict[str, Placement] = {
    "上水井盖": _cover(3100, 0.62),
    "污水井盖": _cover(7300, 0.12, (1.0, 1.0, 0.9)),
    "雨水井盖": _cover(5900, 0.4),
    "雨水箅子": _cover(8400, 0.93, (1.0, 0.9, 0.4)),
    "电力井盖": Placement("kerb", 2500, (1.0, 0.8, 0.15), beyond=2.6),
    "路灯井盖": Placement("kerb", 1500, (1.0, 0.7, 0.05), beyond=1.9),
    "通信井盖": Placement("kerb", 3500, (1.0, 0.9, 0.3), beyond=3.4),
    "电视井盖": Placement("kerb", 700, (0.6, 1.0, 0.3), beyond=3.0),
    "网络井盖": Placement("kerb", 800, (0.8, 1.0, 0.2), beyond=3.2),
    "热力井盖": _cover(1500, 0.3, (1.0, 0.7, 0.1)),
    "燃气井盖": _cover(1500, 0.75, (1.0, 0.9, 0.3)),
    "公安井盖": Placement("corner", 260, (1.0, 0.3, 0.0), beyond=2.0),
    "消防井盖": Placement("kerb", 420, (1.0, 0.8, 0.1), beyond=1.0),
    "园林井盖": Placement("green", 420),
    "化粪池井盖": Placement("yard", 900, uses=_HOMES),
    "不明井盖": _cover(240, 0.5, (0.4, 0.8, 1.0)),
    "消防设施": Placement("kerb", 900, (1.0, 0.9, 0.2), beyond=1.4),
    "供水器": Placement("yard", 60, uses=_HOMES),
    "沟槽盖板": Placement("kerb", 300, (0.2, 0.6, 1.0), beyond=0.6),
    "通讯交接箱": Placement("kerb", 1050, (0.8, 1.0, 0.3), beyond=3.6),
    "电力设施": Placement("kerb", 900, (0.7, 1.0, 0.3), beyond=4.0),
    "电力设施标识牌": Placement("kerb", 320, (0.6, 1.0, 0.2), beyond=4.4),
    "电力立杆": Placement("kerb", 2200, (0.1, 0.6, 1.0), beyond=1.6, chosen=0.7),
    "通信立杆": Placement("kerb", 1500, (0.1, 0.6, 1.0), beyond=1.3, chosen=0.6),
    "路灯": Placement("kerb", 9400, (1.0, 0.75, 0.32), beyond=0.7),
    "地灯": Placement("green", 420),
    "景观灯": Placement("green", 780),
    "报刊亭": Placement("corner", 60, (1.0, 0.5, 0.0), beyond=3.5),
    "电话亭": Placement("kerb", 70, (1.0, 0.4, 0.0), beyond=2.4),
    "邮筒": Placement("corner", 90, (1.0, 0.6, 0.0), beyond=2.6),
    "信息亭": Placement("corner", 50, (1.0, 0.3, 0.0), beyond=3.0),
    "售货亭": Placement("corner", 70, (1.0, 0.8, 0.0), beyond=3.8),
    "自动售货机": Placement("yard", 160, uses=_SHOPS),
    "户外健身设施": Placement("yard", 700, uses=_HOMES),
    "燃气调压站(箱)": Placement("yard", 420, uses=_HOMES),
    "监控电子眼": Placement("corner", 1500, (1.0, 0.6, 0.1), beyond=1.5),
    "岗亭(治安亭)": Placement("corner", 50, (1.0, 0.3, 0.0), beyond=3.0),
    "休息亭": Placement("green", 60),
    "充电站(桩)": Placement("yard", 300, uses=_SHOPS),
    "露天燃气管道": Placement("yard", 160, uses=_HOMES, length=18.0),
    "停车场": Placement("yard", 330, uses=_SHOPS, size=(44.0, 26.0)),
    "公交站亭(牌)": Placement("kerb", 620, (1.0, 0.25, 0.0), beyond=1.8),
    "过街天桥": Placement("corner", 12, (1.0, 0.0, 0.0), beyond=1.0),
    "地下通道": Placement("corner", 10, (1.0, 0.0, 0.0), beyond=3.0),
    "立交桥": Placement("corner", 6, (1.0, 0.0, 0.0), beyond=1.0),
    "跨河桥": Placement("bridge", 40),
    "限高架(杆)": Placement("kerb", 40, (0.3, 1.0, 0.3), beyond=0.5),
    "路名牌": Placement("corner", 1150, (1.0, 0.8, 0.4), beyond=1.6),
    "交通护栏": Placement("kerb", 650, (1.0, 0.1, 0.0), beyond=0.3, length=70.0),
    "渠化岛": Placement("corner", 90, (1.0, 0.0, 0.0), beyond=-2.5),
    "人行横道桩": Placement("corner", 420, (1.0, 0.6, 0.0), beyond=0.8),
    "便道桩": Placement("kerb", 900, (1.0, 0.5, 0.0), beyond=2.2, chosen=0.5),
    "道路隔音屏": Placement("kerb", 20, (1.0, 0.0, 0.0), beyond=4.0, length=90.0),
    "非机动车停放点": Placement("kerb", 700, (1.0, 0.7, 0.1), beyond=3.0, size=(12.0, 2.0), length=14.0),
    "水域标示牌": Placement("bank", 150, beyond=4.0),
    "公共厕所": Placement("yard", 230, size=(12.0, 8.0)),
    "公厕指示牌": Placement("kerb", 260, (1.0, 0.6, 0.1), beyond=2.0),
    "化粪池": Placement("yard", 520, uses=_HOMES, size=(8.0, 4.0)),
    "垃圾中转站": Placement("yard", 46, size=(22.0, 14.0)),
    "垃圾箱(果皮箱、桶)": Placement("kerb", 3900, (1.0, 0.7, 0.25), beyond=2.0),
    "户外广告": Placement("kerb", 1100, (1.0, 0.3, 0.0), beyond=4.6),
    "牌匾标识": Placement("kerb", 2600, (1.0, 0.8, 0.15), beyond=6.0),
    "宣传栏": Placement("yard", 620),
    "古树名木": Placement("green", 40),
    "行道树": Placement("kerb", 11800, (1.0, 0.9, 0.5), beyond=1.5, chosen=0.5),
    "护树设施": Placement("kerb", 900, (1.0, 0.6, 0.0), beyond=1.5, chosen=0.2),
    "花钵花架": Placement("corner", 420, (1.0, 0.2, 0.0), beyond=3.2),
    "雕塑": Placement("green", 60),
    "街头座椅": Placement("green", 900),
    "绿地护栏": Placement("green", 380, length=36.0),
    "绿地": Placement("green", 420, size=(46.0, 30.0)),
    "绿地附属设施": Placement("green", 300),
    "喷泉": Placement("green", 24, size=(16.0, 16.0)),
    "车辆加油(气、电)站": Placement("yard", 40, uses=_WORKS, size=(34.0, 22.0)),
    "液化气站": Placement("yard", 8, uses=_WORKS, size=(30.0, 20.0)),
    "水域附属设施": Placement("bank", 160, beyond=6.0),
    "水域护栏": Placement("bank", 330, beyond=2.5, length=80.0),
    "防汛墙": Placement("bank", 180, beyond=8.0, length=90.0),
    "交通信号灯": Placement("corner", 900, (1.0, 0.25, 0.0), beyond=1.2),
    "交通标志牌": Placement("corner", 1300, (1.0, 0.6, 0.05), beyond=1.8),
}
_BY_WORD = {
    "井盖": _cover(80, 0.45), "箅": _cover(500, 0.93), "灯": Placement("kerb", 200), "杆": Placement("kerb", 150),
    "树": Placement("kerb", 300, beyond=1.5), "水域": Placement("bank", 60, beyond=5.0), "桥": Placement("bridge", 6),
    "绿": Placement("green", 150), "园林": Placement("green", 120), "公园": Placement("green", 60),
    "信号": Placement("corner", 200), "标志": Placement("corner", 200), "路牌": Placement("corner", 200),
}  # fmt: skip
_BY_MAJOR = {
    "01": Placement("kerb", 60, beyond=3.0), "02": Placement("kerb", 60, (1.0, 0.4, 0.0), beyond=1.0),
    "03": Placement("kerb", 60, beyond=4.0), "04": Placement("green", 60), "05": Placement("yard", 20),
}  # fmt: skip


def placement_of(code: str, name: str) -> Placement:
    plain = name.replace("（", "(").replace("）", ")").replace("通讯井盖", "通信井盖")
    known = PLACEMENTS.get(plain) or PLACEMENTS.get(plain.split("(")[0])
    if known is not None:
        return known
    short = next((p for key, p in PLACEMENTS.items() if key.split("(")[0] == plain.split("(")[0]), None)
    worded = next((p for word, p in _BY_WORD.items() if word in plain), None)
    return short or worded or _BY_MAJOR.get(code[:2], Placement("yard", 40))
