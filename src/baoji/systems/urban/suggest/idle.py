"""Words that say nothing of what is wrong: where, when, how much, who calls and what is asked. The one list. Plain Python.

Each group says why its words tell no class from another. An entry is a piece of a regular expression, so that one that
other words are made of can say what may not follow it: 面积 is an extent, 路面积水 is a flood.
"""

import re
from typing import Final

# Any trouble has a moment and a length, and callers tell them first.
WHEN: Final = (
    "正在 现在 目前 如今 刚刚 刚才 最近 近期 近来 今天 昨天 前天 明天 今年 去年 前年 今早 今晚 昨晚 当天 这几天 这两天 前几天 星期[一二三四五六日天几] 周末"
    " [上这本下]周 [上这本下]个?月 [上这]个?星期 早上 早晨 清晨 上午 中午 下午 傍晚 晚上 夜里 夜间 半夜 凌晨 深夜 白天 整天 成天 整晚 天天 每天 每晚 每次"
    " 一直 总是 老是 经常 常常 时常 长期 长年 长时间 时间 时候 多日 多次 多年 半年 好久 很久 许久 好几(?:天|次|回|个月|年) [几0一二两三四五六七八九十]+个?(?:天|次|回|周|星期|小时|分钟|月|年)"
    " 反复 再次 又一次 至今 以来 以后 以前 之前 之后 开始 已经 曾经 尚未 还没有? 及时 按时 下雨 天气"
)
# Any trouble has a place, and the map knows it better. A pavement that something stands on is a place too.
WHERE: Final = (
    "周围(?![挡墙栏]) 四周(?!围[挡墙栏]) 周边 附近 旁边 边上 [路街]边 [路街]旁 十字路口 丁字路口 路口(?!子) 街口 巷口 对面 [上下里外前后]面(?![包馆条粉]) 中间 中央 两[边侧旁] 一侧 到处 处处"
    " 大?门口 门前 门外 院内 院里 我家 我们家 家门口 这里 那里 这儿 那儿 哪里 哪儿 这边 那边 这条路 那条路 这条街 地方 位置 地点 地址 路段 沿线 小区 社区 学校 幼儿园 医院 (?:火车|高铁|汽车|地铁|客运)站 村[里口子] 城区 现场"
    " 人行道(?:上|旁边?|边上?) [马道]路(?:上|旁边?|边上?) 公共场[所地]"
)
# The same pothole is small or large, and every caller calls it large.
HOW_MUCH: Final = (
    "严重 非常 特别 十分 比较 相当 极其 实在 面积(?![水雪冰]) 范围 大量 许多 很多 好多 不少 一些 一点 有点 全部 全都 都是 全是 超过 达到 大约 大概 差不多 左右 程度 明显 越来越 几乎"
    " 完全 厉害 很[大小多高深长宽差] 太[大小多高深长宽差] 平方厘?米 平方 厘米 毫米 公里 0米"
)
# How a call begins and ends, and who the clerk says it came from: 来电人反映 stands before every kind of trouble.
CALLERS: Final = (
    "来电人? 市民 群众 居民 业主 住户 网友 村民 路人 有人 反[映应馈] 投诉 举报 咨询 上报 表示 请问 想问 问一?[下问] [你您]好 谢谢 多谢 感谢 不好意思 对不起 麻烦(?:[你您]们?)? 辛苦 打(?:了|过)?电话 电话(?!亭) 热线 客服"
    " 工作人员 领导 师傅 有关部门 相关部门 部门 单位 情况 属实 问题 事情 事儿 意见 强烈 知道 不知道 觉得 认为 怎么[办样说]? 为什么 什么 测试 随便 照片 附件 转接 无法 不能"
)
# What every caller wants, of whatever is wrong.
ASKED: Final = (
    "希望 尽快 尽早 尽量 赶快 赶紧 抓紧 马上 立即 快点 处理 处置 解决 整改 整治 修复 维修 恢复(?:原状|正常)? 回复 答复 回应 核实 核查 调查 巡查 查看 检查(?!井) 看一?[下看] [来去]人 管一?[管下](?!道) [没无]人管 没管(?!道) 不管 派人 安排"
    " 落实 督促 协调 重视 过问 关注 帮忙 帮助 要求 请求 建议 办理 前来 过来 采取 措施 发现"
)
# What comes of any trouble, for anybody who passes.
SO_THAT: Final = "影响 通行 出行 行走 走路 过往 路过 行人 危及 危害 危险(?!源) 安全(?!出口) 隐患 存在 造成 导致 引起 引发 妨碍 生活(?!垃圾) 休息(?!亭) 市容 市貌 美观 不便 不方便 受不了 难受 意外 事故"
# What makes any act wrong in the words of the rules.
BY_RULE: Final = "未经(?:批准|许可|允许)? 批准 许可 允许 擅自 违规 违法 违章 非法 按照 规定 以外 标准 合理 设置 发生 出现 不到位 到位"
IN_ENGLISH: Final = (
    "the and for with not its our my your their has have had was were are been am this that these those there here from into onto"
    " near over under out off all any by in on at of to is it or no be an up very again road street side way around along beside"
    " behind front next close area place spot house home i we you he she they me us him who what when where why how can could will would"
    " should must may please thanks thank hello hi dear help send someone somebody anybody people nobody come soon possible asap quickly urgent fix repair"
    " remove clear check look complain complaint report reported reporting tell told want need like problem problems issue"
    " matter serious seriously severe severely badly big large huge small much many more most less than lot day days week weeks month"
    " months year years time today yesterday now since always often still already several few long last night morning evening"
    " affect affects affected passage passing traffic safety safe hazard danger dangerous risk pedestrians about just some do does did"
    " as but if so too also only get got without approval permission illegal illegally public size left right main phone call calls answer answers"
)
# Things that any trouble may stand on or belong to: alone they say nothing, beside another word they may (道路, 道路破).
ALONE: Final = "道路 路面 地面 街道 马路 街头 沿街 临街 大街 设施 设备 车辆 建筑物? 公共 环境 管理 其他 空间 卫生 秩序 信息 内容"
# Signs that speak for no class: a run of these alone says nothing.
SIGNS: Final = frozenset(
    "在路边面有没人很上下来了的得地着过又还都就也到处里外前后左右旁中间门口这那个是不被把给让从和与及或者以所其"
    "一二三两几多少大小好天日年月时候请快点们我你他她它您谁什么怎样太非常已经长期总每可能要会去出去起无未应该则而并且等0"
)

_WORDS: Final = " ".join((WHEN, WHERE, HOW_MUCH, CALLERS, ASKED, SO_THAT, BY_RULE)).split()


def _any(words: list[str]) -> str:
    """The longest first: the first that fits is taken."""
    return "|".join(sorted(words, key=len, reverse=True))


WORD: Final = re.compile(rf"{_any(_WORDS)}|(?<![a-z])(?:{_any(IN_ENGLISH.split())})(?![a-z])")
BARE: Final = re.compile(_any(ALONE.split()))


def spans(text: str) -> set[tuple[int, int]]:
    """Where in a cleaned text words stand that say nothing."""
    return {found.span() for found in WORD.finditer(text)}


def words(text: str) -> set[int]:
    """The places of their signs."""
    return {n for span in spans(text) for n in range(*span)}


def places(text: str) -> set[int]:
    """The places of all signs that say nothing by themselves."""
    bare = {n for found in BARE.finditer(text) for n in range(*found.span())}
    return words(text) | bare | {n for n, sign in enumerate(text) if sign in SIGNS}
