"""Acts with their forms, and bodies to choose from."""

from baoji.kernel.ui.gallery_samples.words import Sample

BODIES = [
    {"value": "610300-11", "title": "市排水公司", "note": "权属、养护单位"},
    {"value": "610302-03", "title": "渭滨区城管局", "note": "属地兜底"},
    {"value": "610300-14", "title": "市政工程管理处", "note": ""},
    {"value": "610300-21", "title": "市路灯管理所", "note": ""},
]


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
