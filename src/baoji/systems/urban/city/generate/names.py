"""Names of streets, lanes, bridges and places. The same name is never given twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

# along the valley: first band whose northern line carries the name → sections from west to east
ALONG: dict[int, tuple[str, ...]] = {
    0: ("高家南路", "姜谭南路", "秦岭路", "滨山路", "高新十路", "高新南环路"),
    1: ("晁峪街", "植物园街", "龙泉街", "石坝街", "高新七街", "高新十二街"),
    2: ("冉家湾路", "植物园路", "巨一路", "高新四路", "高新大道", "科技新城大道"),
    3: ("高家街", "桑园街", "宝桥街", "火炬街", "高新三街", "和谐街"),
    4: ("高家北路", "谭家路", "烽火路", "火炬路", "丽园路", "和谐路"),
    5: ("高家大道", "姜谭路", "公园路", "相杨路", "西宝路", "学子路"),
    6: ("渭滨西街", "姜城街", "清姜街", "石鼓街", "天玺街", "昌盛街"),
    7: ("滨河南路",),
    11: ("滨河北路",),
    12: ("福临堡路", "新福路", "建国路", "渭工路", "大庆路", "行政大道"),
    13: ("宝福路", "西关路", "经二路", "东风路", "宏文路", "龙腾路"),
    14: ("玉涧堡街", "新维街", "红星街", "宝十街", "斗鸡街", "朝阳街"),
    15: ("玉涧路", "宝虢路", "经一路", "金陵东路", "西建路", "朝阳路"),
    16: ("宝天路", "机厂街", "站前路", "陇海路", "机务段路", "卧龙寺路"),
    18: ("长青路", "中山西路", "中山东路", "联盟路", "纺织路", "代家湾路"),
    19: ("塬边街", "龙泉巷", "人民街", "团结街", "电苑街", "光明街"),
    20: ("塬下路", "宝平路", "人民路", "东岭路", "十里铺路", "三迪路"),
    21: ("北崖路", "北坡路", "北首岭路", "轩苑路", "陈仓园路", "星城路"),
    22: ("塬上街", "王家碾街", "金河街", "工农街", "长乐街", "底店街"),
    23: ("北环西路", "蟠龙路", "北环路", "陈仓大道", "北环东路", "周原路"),
}
CROSS_NORTH = (
    "福谭路", "福新路", "玉泉路", "引渭路", "新福东路", "南门路", "西凤路", "汉中路", "新建路",
    "红旗路", "文化路", "曙光路", "新民路", "金渭路", "金台大道", "虢镇路", "宝烟路", "陈仓路", "石油路",
    "东岭北路", "广场路", "斗鸡路", "南环路", "群众路", "胜利路", "轩辕路", "卧龙路", "龙山北路", "金泉路",
    "行政西路", "行政东路", "代家路", "鸣凤路", "星河路", "凤鸣路", "虹桥路", "永清路", "长寿路", "宝夏路",
)  # fmt: skip
CROSS_SOUTH = (
    "晁阳路", "高坪路", "谭家村路", "桑园铺路", "植物园东路", "姜城路", "清姜路", "川陕路", "烽火东路",
    "益门路", "宝光路", "红旗南路", "英达路", "中滩路", "广元路", "石鼓路", "房开路", "峪泉南路", "龙山路",
    "高新一路", "高新二路", "高新三路", "高新五路", "高新六路", "高新八路", "高新九路", "钛城路", "天玺路",
    "渭水路", "昌盛路", "茵香路", "钓渭路", "磻溪路", "凤凰路", "黄家路", "宝钛路", "八鱼路", "岐凤路",
)  # fmt: skip
BRIDGES = (
    "福谭大桥", "宝桥大桥", "姜谭大桥", "清姜大桥", "胜利桥", "联盟大桥", "金渭大桥", "石鼓大桥",
    "神农大桥", "陈仓大桥", "卧龙寺大桥", "阳平大桥", "钛城大桥", "茵香大桥",
)  # fmt: skip
_FIRST = "金渭陈凤宝秦岐周龙西东新永长安和兴文建民华光明春桂槐柳松梅"
_SECOND = "台川仓翔岭原泉阳宁兴盛丰昌平安乐康源华茂荣和泰祥瑞"
_DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """Chinese numeral for 1 to 99."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else _DIGITS[tens] + "十")
    return head + (_DIGITS[ones] if ones else "")


def stem(name: str) -> str:
    """The place part of a community's name: 经一路社区居委会 → 经一路."""
    for tail in ("社区居民委员会", "社区居委会", "居民委员会", "村民委员会", "村委会", "社区", "居委会"):
        if name.endswith(tail) and len(name) > len(tail):
            return name[: -len(tail)]
    return name


class NamePool:
    def __init__(self, rng: np.random.Generator, preferred: Sequence[str]) -> None:
        self.taken: set[str] = set()
        self._preferred = list(preferred)
        pairs = [a + b for a in _FIRST for b in _SECOND if a != b]
        self._spare = [pairs[i] for i in rng.permutation(len(pairs))]

    def take(self, wish: str) -> str | None:
        if wish in self.taken:
            return None
        self.taken.add(wish)
        return wish

    def first_free(self, wishes: Iterable[str], ending: str = "路") -> str:
        for wish in wishes:
            if self.take(wish):
                return wish
        while self._preferred:
            if name := self.take(self._preferred.pop(0)):
                return name
        return self.made_up(ending)

    def made_up(self, ending: str) -> str:
        while self._spare:
            if name := self.take(self._spare.pop() + ending):
                return name
        number = len(self.taken)
        return self.take(f"第{number}{ending}") or f"第{number}号{ending}"

    def numbered(self, base: str) -> str:
        """经二路北一巷, 经二路北二巷 …"""
        number = 1
        while not self.take(f"{base}{numeral(number)}巷"):
            number += 1
            if number > 99:
                return self.made_up("巷")
        return f"{base}{numeral(number)}巷"
