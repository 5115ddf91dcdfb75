"""The pages for what goes wrong outside a page of its own: not found, not allowed, a stale form, a fault of ours."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from baoji.kernel.base.postgres.base import Crossed, HeldTooLong
from baoji.kernel.ui.faults import fault_page

log = logging.getLogger("baoji.faults")
PUBLIC = "/public/"
CITIZENS = (PUBLIC, "/report", "/follow")


def _page(request: HttpRequest, status: int, failed: str, remedy: str, *, again: str = "") -> HttpResponse:
    home = PUBLIC if request.path.startswith(CITIZENS) else "/"
    return fault_page(request, status, failed, remedy, home=home, again=again)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 404, _("没有这个页面"), _("地址可能写错了，或您看不到这件案卷"))


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, _("您的岗位不能看这个页面"), _("需要时请找运行维护员"))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose CSRF token no longer fits: opened before signing in, or cookies are switched off."""
    return _page(
        request,
        403,
        _("没有保存：这个页面打开得太久，或浏览器没有收下 Cookie"),
        _("请退回上一页，刷新后再试"),
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400, _("请求写得不对"), _("请退回上一页再试"))


def fault(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw. Django calls this while it handles the exception; nothing here may need what has just failed."""
    reads = request.method in {"GET", "HEAD"}
    status, failed, remedy = _told(sys.exc_info()[1], reads)
    try:
        again = request.get_full_path() if reads else ""
        answer = _page(request, status, failed, remedy, again=again)
    except Exception:
        log.exception("the page about a fault could not be shown")
        answer = HttpResponse(
            f'<!doctype html><meta charset="utf-8"><title>{status}</title><h1>{failed}</h1><p>{remedy}</p>',
            status=status,
        )
    if status == 503:
        answer.headers["Retry-After"] = "10"
    return answer


def _told(trouble: BaseException | None, reads: bool) -> tuple[int, str, str]:
    """Status, what failed and what to do. Whoever only reads is not told that nothing was saved."""
    if isinstance(trouble, Crossed):
        return 409, _("没有保存"), _("别人正在办理同一件案卷，请看最新情况")
    if isinstance(trouble, HeldTooLong):
        held = _("需要的内容一直被别处占用") if reads else _("没有保存：需要的内容一直被别处占用")
        return 503, held, _("请稍后再试；总是这样，请告诉运行维护员")
    if isinstance(trouble, OperationalError | InterfaceError):
        soon = _("通常一会儿就好，请稍后再试") if reads else _("没有保存。通常一会儿就好，请稍后再试")
        return 503, _("数据库暂时没有应答"), soon
    failed = _("服务器出了错") if reads else _("服务器出了错，没有保存")
    return 500, failed, _("请稍后再试，问题已记录。急事请找运行维护员")
