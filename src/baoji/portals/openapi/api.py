"""/api/v1/: one OpenAPI document over what every system's manifest offers."""

from copy import deepcopy
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db.utils import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from baoji.kernel.base.errors import Refused
from baoji.kernel.registry.manifest import load, manifests
from baoji.kernel.wire import problems
from baoji.kernel.wire.nul import NoNulParser
from baoji.kernel.wire.problems import CONTENT_TYPE
from baoji.kernel.wire.words import sentences
from baoji.portals.openapi import uploads
from baoji.portals.openapi.devices import router as devices


class HouseAPI(NinjaAPI):
    """The document says what is sent: refusals are problems, and shared shapes stand under components."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**given)
        # What `openapi_extra` gave is the endpoints' own and is needed whole the next time as well.
        schema["paths"] = deepcopy(schema["paths"])
        shared = schema["components"].setdefault("schemas", {})
        schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"bearer": []}]  # an operation without a token says `security: []`
        for path in schema["paths"].values():
            for operation in path.values():
                _hoist(operation.get("requestBody", {}), shared)
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        response["content"] = {CONTENT_TYPE: response["content"].pop("application/json")}
        schema["paths"] |= uploads.paths()
        return schema


def _hoist(part: Any, shared: dict[str, Any]) -> None:
    """Moves the definitions that pydantic leaves beside a schema to the document's components."""
    if isinstance(part, dict):
        shared.update(part.pop("$defs", {}))
        for inner in part.values():
            _hoist(inner, shared)


api = HouseAPI(
    title="数字宝鸡 API",
    version="1",
    urls_namespace="api-v1",
    docs_url="/docs",
    openapi_url="/openapi.json",
    parser=NoNulParser(),
)


@api.exception_handler(Refused)
def refused(request: HttpRequest, fault: Refused) -> HttpResponse:
    return problems.from_refusal(fault)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    lines = [{**one, "loc": one["loc"][2:] or one["loc"][1:]} for one in fault.errors]
    return problems.problem(422, "validation", _("有内容需要改正"), sentences(lines, "request"))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    if isinstance(fault.__cause__, Refused):  # the parser's; ninja calls every one of them unreadable
        return problems.from_refusal(fault.__cause__)
    code = {400: "validation", 405: "method-not-allowed"}.get(fault.status_code, "refused")
    said = _("不是正确的 JSON") if isinstance(fault.__cause__, ValueError) else str(fault)
    return problems.problem(fault.status_code, code, said)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, fault: AuthenticationError) -> HttpResponse:
    return problems.problem(401, "not-signed-in", _("请先登录"))


@api.exception_handler(Http404)
def not_there(request: HttpRequest, fault: Http404) -> HttpResponse:
    return problems.problem(404, "not-there", _("没有找到"))


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, fault: RequestDataTooBig) -> HttpResponse:
    return problems.problem(413, "too-large", _("JSON 内容太大"))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def database_away(request: HttpRequest, fault: DatabaseError) -> HttpResponse:
    return problems.from_database(fault)


@api.exception_handler(Exception)
def unforeseen(request: HttpRequest, fault: Exception) -> HttpResponse:
    return problems.from_fault(request, fault)


for _manifest in manifests():
    if _manifest.api:
        api.add_router("", load(_manifest.api))
api.add_router("", devices)
