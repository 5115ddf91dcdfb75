"""The components one by one."""

from datetime import datetime

from baoji.kernel.ui.gallery_samples.score import score
from baoji.kernel.ui.gallery_samples.words import Sample, clock


def parts(now: datetime) -> Sample:
    """Every component, by its kind."""
    return clocks() | typed() | chosen() | links() | looks() | score(now)


def clocks() -> Sample:
    """Clocks and lights, running and standing."""
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
    }


def typed() -> Sample:
    """Fields to write in, right and wrong."""
    return {
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
    }


def chosen() -> Sample:
    """Fields to choose in: few, many, a time, a tick."""
    return {
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
    }


def links() -> Sample:
    """What can be pressed beside a message."""
    return {
        "link": {"title": "显示", "url": "#"},
        "latest": {"title": "看最新", "url": "#"},
        "undo": {"title": "撤回", "url": "#"},
    }


def looks() -> Sample:
    """Sides, colours and densities."""
    return {
        "sides": ("sup", "cmd", "dep", "sys"),
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
    }
