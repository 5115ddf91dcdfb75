"""What citizens and people in the street see."""

from datetime import datetime, timedelta

from baoji.kernel.ui.gallery_samples.words import Sample


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
