"""Under /api/ every error is a problem, also those that Django answers before an endpoint is reached."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from baoji.kernel.wire.problems import problem

PREFIX = "/api/"
CODES = {400: "validation", 403: "not-allowed", 404: "not-there", 405: "method-not-allowed", 413: "too-large", 500: "internal"}


class ApiProblems:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith(PREFIX):
            return response
        if response.headers.get("Content-Type", "").startswith("application/problem+json"):
            return response
        kept = {name: response.headers[name] for name in ("Allow",) if name in response.headers}
        code = CODES.get(response.status_code, "refused")
        sentences = {404: _("没有这个地址"), 405: _("这个地址不支持 %(method)s") % {"method": request.method}}
        return problem(response.status_code, code, sentences.get(response.status_code, _("请求没有被接受")), headers=kept)
