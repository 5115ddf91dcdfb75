"""What the gallery shows. Invented cases; the sentences are samples, not the product's."""

from datetime import datetime, timedelta
from typing import Any

from django.templatetags.static import static

Sample = dict[str, Any]

BODIES = [
    {"value": "610300-11", "title": "市排水公司", "note": "权属、养护单位"},
    {"value": "610302-03", "title": "渭滨区城管局", "note": "属地兜底"},
    {"value": "610300-14", "title": "市政工程管理处", "note": ""},
    {"value": "610300-21", "title": "市路灯管理所", "note": ""},
]


def clock(light: str, seconds: int | None, limit: int, word: str = "") -> Sample:
    return {"light": light, "seconds": seconds, "limit": limit, "running": light != "pause", "word": word}


def inner_shell(page: str, since: timedelta) -> Sample:
    nav: list[Sample] = [
        {"title": "待办", "icon": "list-check", "goes": "desk", "count": 26},
        {"title": "地图", "icon": "map-2", "goes": ""},
        {"title": "案卷", "icon": "folder-open", "goes": "case"},
        {"title": "督办", "icon": "speakerphone", "goes": "", "count": 1},
        {"title": "考评", "icon": "chart-histogram", "goes": "score"},
        {"title": "消息", "icon": "bell", "goes": "", "count": 4},
        {"title": "系统", "icon": "apps", "goes": "", "wide": True},
        {"title": "部件", "icon": "components", "goes": "parts", "wide": True},
    ]
    alarm = {
        "id": "1",
        "url": "#",
        "take_url": "#",
        "text": f"污水井盖缺失 · 渭滨区经二路与红旗路口东 30 米 · 到席 {since.seconds // 60} 分 {since.seconds % 60} 秒，尚无人接手",
    }
    return {
        "system": {"name": "数字城管", "url": "#"},
        "nav": [{**item, "url": _page(item["goes"]), "current": item["goes"] == page} for item in nav],
        "person": {"name": "王磊", "post": "派遣员", "url": "#"},
        "sign_out_url": "#",
        "search_url": "#",
        "alarms": [alarm] if page == "desk" else [],
    }


def outer_shell(page: str) -> Sample:
    if page == "public":
        return {
            "office": "宝鸡市城市管理监督中心",
            "phone": "12319",
            "home_url": "#",
            "nav": [{"title": "上报问题", "url": "#", "current": True}, {"title": "查询进度", "url": "#"}],
        }
    return {
        "nav": [
            {"title": "上报", "icon": "camera-plus", "url": "#", "current": True},
            {"title": "任务", "icon": "checkup-list", "url": "#", "count": 2},
            {"title": "我的", "icon": "user", "url": "#"},
        ],
    }


def _page(name: str) -> str:
    return "#" if not name else "/gallery/" if name == "parts" else f"/gallery/{name}/"


def context_of(page: str, now: datetime) -> Sample:
    makers = {
        "parts": parts,
        "desk": desk,
        "case": case,
        "public": public,
        "field": field,
        "print": case,
        "score": score,
    }
    return makers[page](now)


def rows(now: datetime) -> list[Sample]:
    lines = [
        (
            "00017",
            "污水井盖缺失",
            "渭滨区经二路与红旗路口东 30 米",
            "采集员",
            "市排水公司",
            "权属、养护单位",
            "2 紧急工作时",
            "yellow",
            29,
        ),
        (
            "00012",
            "热力井盖破损",
            "金台区宝平路与曙光路口",
            "采集员",
            "市热力公司",
            "权属单位",
            "4 工作时",
            "red",
            -192,
        ),
        (
            "00009",
            "通信立杆倾斜",
            "渭滨区汉中路 41 号旁",
            "12319 热线",
            "渭滨区城管局",
            "无确定单位，属地兜底",
            "4 紧急工作时",
            "yellow",
            170,
        ),
        (
            "00019",
            "路灯不亮",
            "渭滨区公园路 18 号前",
            "采集员",
            "市路灯管理所",
            "养护单位",
            "1 工作日",
            "green",
            365,
        ),
        (
            "00020",
            "路灯灯杆倾斜",
            "渭滨区公园路与建国路口",
            "环卫工人",
            "市路灯管理所",
            "养护单位",
            "1 工作日",
            "green",
            470,
        ),
        (
            "00021",
            "路面塌陷",
            "渭滨区建国路新建路口西 60 米",
            "市民上报",
            "市政工程管理处",
            "责任清单 0505",
            "4 紧急工作时",
            "green",
            510,
        ),
        (
            "00022",
            "路灯井盖破损",
            "渭滨区滨河北路凉亭西侧",
            "采集员",
            "市路灯管理所",
            "养护单位",
            "1 工作日",
            "green",
            542,
        ),
        (
            "00023",
            "雨水箅子堵塞",
            "渭滨区姜谭路 66 号",
            "采集员",
            "市排水公司",
            "养护单位",
            "1 工作日",
            "green",
            580,
        ),
        (
            "00024",
            "行道树倾倒",
            "金台区中山路西段",
            "12319 热线",
            "市园林绿化中心",
            "养护单位",
            "4 工作时",
            "green",
            615,
        ),
        (
            "00025",
            "暴露垃圾",
            "渭滨区经一路菜市场后巷",
            "市民上报",
            "渭滨区环卫站",
            "责任清单 0110",
            "2 工作时",
            "green",
            680,
        ),
    ]
    return [
        {
            "id": tail,
            "number": f"610302-20261124-{tail}",
            "url": _page("case"),
            "number_head": "610302-20261124-",
            "number_tail": tail,
            "title": title,
            "place": place,
            "source": source,
            "proposal": body,
            "reason": reason,
            "limit": limit,
            "clock": clock(light, left, 900),
            "light": light,
            "urgent": tail == "00017",
            "tags": [{"word": "退回 2 次", "kind": "hot"}] if tail == "00009" else [],
            "lon": 107.14 + index * 0.0021,
            "lat": 34.362 + (index * 7 % 5) * 0.0017,
        }
        for index, (tail, title, place, source, body, reason, limit, light, left) in enumerate(lines)
    ]


def desk(now: datetime) -> Sample:
    names = (
        ("待派遣", 13),
        ("退回", 2),
        ("待复核", 7),
        ("延期申请", 3),
        ("督办", 1),
        ("已办", None),
        ("关注", None),
    )
    found = rows(now)
    return {
        "rows": found,
        "tabs": [
            {"title": title, "url": "#", "count": count, "current": title == "待派遣"}
            for title, count in names
        ],
        "heads": {"clock": "派遣时限", "proposal": "建议处置单位"},
        "total": 13,
    }


DISPATCH = {
    "type": "object",
    "required": ["to"],
    "properties": {
        "to": {
            "type": "string",
            "title": "改派给",
            "default": "610300-11",
            "x-default-title": "市排水公司",
            "x-search": "/gallery/search",
        },
        "co_handlers": {
            "type": "array",
            "title": "协办",
            "items": {"type": "string"},
            "x-search": "/gallery/search",
        },
        "opinion": {
            "type": "string",
            "title": "派遣意见",
            "default": "退回理由成立。请立即补装井盖，围挡由市政保留到补装完成。",
        },
    },
}
REASON = {
    "type": "object",
    "required": ["reason"],
    "properties": {
        "reason": {
            "type": "string",
            "title": "理由",
            "minLength": 5,
            "description": "上报人和处置单位都会看到",
        }
    },
}
SUPERVISE = {
    "type": "object",
    "required": ["opinion", "reply_by"],
    "properties": {
        "opinion": {"type": "string", "title": "督办意见"},
        "reply_by": {"type": "string", "format": "date-time", "title": "回复期限"},
        "kind": {
            "title": "方式",
            "oneOf": [{"const": "urge", "title": "催办"}, {"const": "order", "title": "督办"}],
        },
        "public": {"type": "boolean", "title": "抄送分管领导"},
    },
}


def offers() -> list[Sample]:
    return [
        {
            "act": "dispatch",
            "title": "派给市排水公司",
            "schema": DISPATCH,
            "proposal": "市排水公司",
            "key": "d",
            "busy": "正在派遣",
            "proposal_reason": [
                "部件台账：权属、养护单位，移交单〔2021〕8 号",
                "与退回理由一致；现在值班，2 公里内有抢修班组",
            ],
            "consequence": "派遣后重新起算 2 紧急工作时，截止约 12:53",
        },
        {
            "act": "send_back",
            "title": "退回不成立，由原单位继续处置",
            "schema": REASON,
            "key": "b",
            "icon": "corner-up-left",
        },
        {"act": "refer_back", "title": "退回立案", "schema": REASON, "key": "r", "icon": "file-x"},
        {
            "act": "supervise",
            "title": "督办",
            "schema": SUPERVISE,
            "icon": "speakerphone",
            "photos": {"min": 0, "max": 3},
        },
        {
            "act": "void",
            "title": "作废",
            "schema": REASON,
            "icon": "trash",
            "danger": True,
            "consequence": "作废后不能恢复，上报人会看到您写的理由",
            "safe": "不作废",
        },
    ]


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


def public(now: datetime) -> Sample:
    return {
        "phone_field": {
            "name": "phone",
            "label": "电话",
            "kind": "tel",
            "value": "1399170012",
            "error": "少一位数字，手机号是 11 位",
            "hint": "只用于告诉您结果。处置单位看不到您是谁。",
        },
        "more_field": {
            "name": "description",
            "label": "补充说明",
            "kind": "textarea",
            "value": "井盖没有了，旁边就是小学，很危险。",
        },
        "kinds": ("井盖", "路灯", "道路", "垃圾", "占道", "树木", "其他"),
        "follow": [
            {"title": "已收到", "at": now - timedelta(minutes=40), "state": "ok"},
            {
                "title": "已立案",
                "at": now - timedelta(minutes=33),
                "text": "属于特急，要求 2 小时内修好",
                "state": "ok",
            },
            {
                "title": "已派给市排水公司",
                "at": now - timedelta(minutes=4),
                "text": "现场已围挡，请绕行",
                "state": "ok",
            },
            {"title": "正在修复", "text": "应在今天 12:54 前完成", "state": "now"},
            {"title": "现场核查", "state": ""},
            {"title": "结案，告诉您结果", "state": ""},
        ],
    }


def field(now: datetime) -> Sample:
    return {
        "heading": "快速上报",
        "back": "#",
        "condition": {
            "name": "condition",
            "label": "问题情况",
            "kind": "radios",
            "required": True,
            "value": "1",
            "choices": [
                ("1", "缺失、移位、破裂（特急 2 小时）"),
                ("2", "破损面积超过 25 平方厘米"),
                ("3", "异响、翻动"),
            ],
        },
        "note": {"name": "note", "label": "补充说明", "kind": "text"},
    }


def score(now: datetime) -> Sample:
    days = [f"{day} 日" for day in range(1, 32)]
    over = [1 if day % 6 == 0 else 0 for day in range(1, 32)]
    over[9] = 9
    return {
        "days": days,
        "series": [
            {
                "name": "按期",
                "tone": "blue",
                "values": [38 + (day * 7) % 13 - 2 * (day % 7 > 4) * 9 for day in range(1, 32)],
            },
            {"name": "超期", "tone": "over", "values": over},
        ],
        "top": {"text": "1,171", "url": "#", "word": "按期处置"},
        "bottom": {"text": "1,234", "url": "#", "word": "应处置"},
        "heads": [
            {"title": "部门"},
            {"title": "按期处置率"},
            {"title": "应处置", "number": True},
            {"title": "超期处置", "number": True},
        ],
        "lines": [
            {
                "cells": [
                    name,
                    rate,
                    {"text": due, "url": "#", "number": True},
                    {"text": late, "url": "#", "number": True},
                ]
            }
            for name, rate, due, late in (
                ("市热力公司", "80.5%", 41, 8),
                ("市政工程管理处", "93.1%", 188, 13),
                ("市路灯管理所", "98.2%", 112, 2),
            )
        ],
        "foot": [
            "合计",
            "94.9%",
            {"text": "1,234", "url": "#", "number": True},
            {"text": "63", "url": "#", "number": True},
        ],
    }


def parts(now: datetime) -> Sample:
    return {
        "clocks": [
            clock("green", 365, 900),
            clock("yellow", 134, 900),
            clock("red", -192, 900),
            clock("pause", None, 0, "挂账"),
            clock("green", 5680, 14400),
            clock("green", 137520, 180000),
            clock("yellow", 5680, 28800) | {"running": False, "stands": "下班时间不计时"},
        ],
        "big": clock("red", -192, 900),
        "lights": ("green", "yellow", "red", "pause"),
        "sides": ("sup", "cmd", "dep", "sys"),
        "good": {
            "name": "address",
            "label": "地址",
            "kind": "text",
            "value": "经二路 42 号",
            "required": True,
            "hint": "路名和门牌，或最近的路口",
        },
        "wrong": {
            "name": "why",
            "label": "延期理由",
            "kind": "textarea",
            "required": True,
            "error": "请写理由，至少 2 个字",
        },
        "choose": {
            "name": "body",
            "label": "处置单位",
            "kind": "select",
            "value": "2",
            "required": True,
            "choices": [("1", "市排水公司"), ("2", "市路灯管理所")],
        },
        "long": {
            "name": "to",
            "label": "从长名单里找",
            "kind": "search",
            "search_url": "/gallery/search",
            "required": True,
            "value": "610300-11",
            "value_title": "市排水公司",
        },
        "when": {"name": "reply_by", "label": "回复期限", "kind": "datetime", "required": True},
        "tick": {"name": "copy", "label": "抄送分管领导", "kind": "checkbox"},
        "few": {
            "name": "fixed",
            "label": "修好了吗",
            "kind": "radios",
            "required": True,
            "choices": [("true", "已修好"), ("false", "没有修好")],
        },
        "link": {"title": "显示", "url": "#"},
        "latest": {"title": "看最新", "url": "#"},
        "undo": {"title": "撤回", "url": "#"},
        "tones": (
            "ground",
            "paper",
            "sunk",
            "rail",
            "blue-tint",
            "bronze-tint",
            "amber-tint",
            "red-tint",
            "green-tint",
            "plum-tint",
            "teal-tint",
        ),
        "densities": (("desk", "席位"), ("public", "公众"), ("field", "外业"), ("kiosk", "自助终端")),
        **score(now),
    }
