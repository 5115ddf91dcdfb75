"""What went to people outside, by SMS and mail: the operator sees whether it arrives; in the demonstration also what was written."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from baoji.kernel.base.phrases import day_and_time
from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.queries import outgoing
from baoji.kernel.notices.senders import files, sender_for
from baoji.kernel.ui.pages import id_before
from baoji.kernel.wire.pages import holding, page

POST = "operator"
SHOWN_IN_DEMO = 20


@never_cache
@require_safe
@page
@holding(POST)
def messages_out(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    before = id_before(request)
    rows, following = outgoing(before=before)
    context = {
        "senders": [_sender("sms"), _sender("mail")],
        "heads": [
            {"title": title}
            for title in (_("时间"), _("方式"), _("发给"), _("结果"), _("次数"), _("对方的答复"))
        ],
        "rows": [_row(row) for row in rows],
        "empty": {"title": _("没有发过"), "text": _("任务链接、查询码等发给外面的短信和邮件会列在这里")},
        "next": f"/outgoing/?before={following}" if following else None,
        "first": "/outgoing/" if before else None,
        "written": _written() if settings.DEMO else [],
    }
    return render(request, "portal_internal/outgoing.html", context)


def _sender(channel: Any) -> dict[str, str]:
    send = sender_for(channel)
    how = _("没有配置") if send is None else _("写进文件（演示）") if send is files.send else _("已配置")
    return {"term": _word(channel), "text": how}


def _word(channel: str) -> str:
    return {"sms": _("短信"), "mail": _("邮件")}[channel]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    states = {
        "waiting": _("等待发送"),
        "sent": _("已发出"),
        "refused": _("对方不收"),
        "given_up": _("多次不成，已放弃"),
    }
    return {
        "cells": [
            day_and_time(row["queued_at"]),
            _word(row["channel"]),
            row["recipient"],
            states[row["state"]],
            str(row["attempts"]),
            row["said"],
        ]
    }


def _written() -> list[dict[str, Any]]:
    """The demonstration's messages, each with the link that stands in it."""
    return [
        {
            **line,
            "word": _word(line["channel"]),
            "at": parse_datetime(line["at"]),
            "link": _link(line["text"]),
        }
        for line in files.last(SHOWN_IN_DEMO)
    ]


def _link(text: str) -> str:
    found = re.search(r"https?://[\w./:?=&%~#+-]+", text, re.ASCII)
    return found[0] if found else ""
