"""Refusals on the wire: RFC 9457 problems with a stable `code` and errors per field."""

import logging
from typing import Any

import orjson
from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.kernel.base.errors import Refused, TooMany
from baoji.kernel.base.postgres.base import Crossed, HeldTooLong

log = logging.getLogger("baoji.wire")
CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: gettext_lazy("请求写得不对"),
    401: gettext_lazy("请先登录"),
    403: gettext_lazy("不能这样做"),
    404: gettext_lazy("没有找到"),
    405: gettext_lazy("不支持这种方法"),
    408: gettext_lazy("等得太久了"),
    409: gettext_lazy("现在不能这样做"),
    412: gettext_lazy("内容已经变了"),
    413: gettext_lazy("内容太大"),
    415: gettext_lazy("不支持这种格式"),
    422: gettext_lazy("有内容需要改正"),
    423: gettext_lazy("另一处正在使用"),
    424: gettext_lazy("还缺照片或录音"),
    429: gettext_lazy("请求太多"),
    460: gettext_lazy("内容在路上损坏了"),
    500: gettext_lazy("服务器出了错"),
    503: gettext_lazy("暂时不能服务"),
    507: gettext_lazy("没有地方存了"),
}
# Where the status alone would say something else.
TITLES_OF_CODES = {"tus-version": gettext_lazy("上传协议的版本不对")}


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Any = None,
    headers: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """`more` are extension members of the problem."""
    body: dict[str, Any] = {
        "type": f"urn:baoji:problem:{code}",
        "title": str(TITLES_OF_CODES.get(code) or TITLES.get(status, TITLES[400])),
        "status": status,
        "code": code,
        "detail": detail,
    }
    body |= more or {}
    if errors:
        body["errors"] = {name: list(lines) for name, lines in errors.items()}
    return HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE, headers=headers or {})


def from_refusal(refused: Refused) -> HttpResponse:
    """With the headers that belong to its status."""
    headers = {"Retry-After": str(refused.retry_after)} if isinstance(refused, TooMany) else {}
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(refused.status, refused.code, refused.message, refused.errors, headers, refused.more)


def from_database(fault: DatabaseError) -> HttpResponse:
    """Two people crossed, or another session does not let go (nothing was written; look again), or the database does not answer
    just now."""
    if isinstance(fault, Crossed):
        return problem(409, "stale", _("没有保存：别人正在办理同一件案卷，请看最新情况"))
    if isinstance(fault, HeldTooLong):
        sentence = _("没有保存：需要的内容一直被别处占用。请稍后再试；总是这样，请告诉运行维护员")
        return problem(503, "held", sentence, headers={"Retry-After": "5"})
    connection.close()
    return problem(
        503, "unavailable", _("数据库暂时没有应答，没有保存。请稍后再试"), headers={"Retry-After": "2"}
    )


def from_fault(request: HttpRequest, fault: Exception) -> HttpResponse:
    """What nobody foresaw: logged with its trace, told without it."""
    log.error("unforeseen fault at %s %s", request.method, request.path, exc_info=fault)
    return problem(500, "internal", _("服务器出了错，没有保存。请稍后再试，问题已记录"))
