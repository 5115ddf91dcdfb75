"""A case: its steps, facts, story and photos."""

from datetime import datetime, timedelta

from django.templatetags.static import static

from baoji.kernel.ui.gallery_samples.acts import offers
from baoji.kernel.ui.gallery_samples.words import Sample, clock


def timeline(now: datetime) -> list[Sample]:
    def ago(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    return [
        {
            "at": "现在",
            "side": "cmd",
            "title": "等待重新派遣",
            "who": "派遣席 2 · 王磊",
            "used": "余 02:08",
            "open": True,
        },
        {
            "at": ago(1),
            "side": "dep",
            "title": "退回",
            "who": "市政工程管理处 刘洋",
            "used": "第 1 次",
            "opinion": "该井为污水主管检查井，2021 年已移交市排水公司",
        },
        {
            "at": ago(6),
            "side": "dep",
            "title": "阶段反馈",
            "who": "刘洋",
            "used": "照片 1",
            "opinion": "已设围挡和警示，等待确认权属",
        },
        {"at": ago(22), "side": "dep", "title": "签收", "who": "市政工程管理处 刘洋", "used": "用时 2:51"},
        {
            "at": ago(25),
            "side": "cmd",
            "title": "派遣",
            "who": "派遣员 王磊",
            "receiver": "市政工程管理处",
            "used": "超 2:52",
            "over": True,
        },
        {
            "at": ago(28),
            "side": "sup",
            "title": "立案",
            "who": "值班长 赵建国",
            "on_behalf": "孙立新",
            "used": "用时 4:05",
            "opinion": "按立案条件第 1 条，特急",
        },
        {"at": ago(32), "side": "sup", "title": "受理", "who": "受理员 陈红梅", "used": "用时 2:40"},
        {"at": ago(33), "side": "sys", "title": "抽取核实人", "who": "系统", "receiver": "周敏"},
        {
            "at": ago(35),
            "side": "sup",
            "title": "上报",
            "who": "采集员 周敏",
            "used": "照片 2",
            "opinion": "井盖缺失，路口行人绕行",
        },
    ]


def steps() -> list[Sample]:
    names = ("信息采集", "案卷建立", "任务派遣", "任务处理", "处理反馈", "核实结案", "考核评价")
    states = ("done", "done", "now", "seen", "", "", "")
    notes = ("3 分", "4 分", "3 分 · 第 2 次派遣", "24 分", "", "", "")
    return [
        {"title": title, "state": state, "note": note}
        for title, state, note in zip(names, states, notes, strict=True)
    ]


def facts() -> list[Sample]:
    return [
        {"term": "地点", "text": "渭滨区经二路与红旗路口东 30 米"},
        {"term": "部件", "text": "污水井盖 6103020102000123", "url": "#", "note": "完好 → 丢失"},
        {"term": "立案条件", "text": "缺失、移位、破裂，存在安全隐患"},
        {"term": "网格", "text": "单元网格 610302001002015", "note": "责任网格 07"},
        {"term": "主管", "text": "市住房和城乡建设局"},
        {"term": "权属、养护", "text": "市排水公司", "note": "2021-03-15 起"},
        {"term": "来源", "text": "采集员上报", "note": "任务号 T261124-0318 · 上报人对处置单位不可见"},
    ]


def case(now: datetime) -> Sample:
    photo = static("ui/sample-photo.svg")
    return {
        "steps": steps(),
        "facts": facts(),
        "entries": timeline(now),
        "offers": offers(),
        "clock": clock("green", 128, 180),
        "case_number": "610302-20261124-00017",
        "who": "派遣员 王磊 · 派遣席 2",
        "markers": [{"lon": 107.1452, "lat": 34.3648, "title": "污水井盖缺失"}],
        "photos": [
            {
                "url": photo,
                "alt": "经二路上缺失井盖的检查井近照",
                "label": "处置前",
                "at": now - timedelta(minutes=36),
                "by": "采集员",
                "note": "定位偏差 3 米",
            },
            {
                "url": photo,
                "alt": "检查井周围已放置锥筒和警示带",
                "label": "处置中",
                "at": now - timedelta(minutes=7),
                "by": "市政工程管理处",
                "note": "偏差 4 米",
            },
        ],
        "printed": {"by": "王磊（派遣员）", "at": now, "digest": "9f3c…e71a"},
    }
