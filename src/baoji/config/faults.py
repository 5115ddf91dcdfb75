"""The pages for what goes wrong outside a page of its own: not found, not allowed, a stale form, a fault of ours."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, failed: str, remedy: str) -> HttpResponse:
    return HttpResponse(
        render_to_string("ui/fault.html", {"failed": failed, "remedy": remedy}, request), status=status
    )


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
    """Nothing here may need what has just failed: no session, no database."""
    sorry = _("服务器出了错，没有保存。请稍后再试，问题已记录。")
    return HttpResponse(f'<!doctype html><meta charset="utf-8"><title>500</title><p>{sorry}</p>', status=500)
