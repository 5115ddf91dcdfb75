"""A report as the API takes it, from whoever sends it: its shape, its draft, the answers around it."""

from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from baoji.kernel.base.errors import Invalid
from baoji.kernel.wire.words import sentences
from baoji.systems.urban import public
from baoji.systems.urban.api.schemas import Problem, ReportIn

PROBLEMS = {code: Problem for code in (400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503, 507)}


def reply(status: int, body: Any, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(body), status=status, content_type="application/json", headers=headers or {}
    )


def parsed(body: dict[str, Any]) -> ReportIn:
    try:
        return ReportIn.model_validate(body)
    except ValidationError as fault:
        raise Invalid(
            _("有内容需要改正"), errors=sentences(fault.errors(include_url=False), "report")
        ) from None


def draft_of(given: ReportIn) -> public.Draft:
    """Raises Invalid at `kind` for a class of which nobody knows whether it is a component's or an event's."""
    caller = given.caller
    if given.kind is None and given.component is None and (given.class_ or given.condition is not None):
        raise Invalid.at("kind", _("请选部件或事件"))
    return public.Draft(
        kind=given.kind or ("component" if given.component else "event"),
        component=given.component,
        class_code=given.class_ or "",
        condition=given.condition,
        description=given.description,
        location=given.location.model_dump() if given.location else None,
        crs=given.crs,
        address=given.address,
        found_at=aware(given.found_at),
        self_disposed=given.self_disposed,
        caller_name=caller.name if caller else "",
        caller_phone=caller.phone if caller else "",
    )


def aware(at: Any) -> Any:
    return timezone.make_aware(at) if at is not None and timezone.is_naive(at) else at


def _header(name: str, words: str, **schema: Any) -> dict[str, Any]:
    told = {"type": "string", **schema}
    return {"name": name, "in": "header", "required": False, "schema": told, "description": words}


REF = "#/components/schemas/{model}"


def _shared(model: type[BaseModel]) -> dict[str, Any]:
    """The model by its name; the document takes what stands under `$defs` to its components."""
    own = model.model_json_schema(ref_template=REF)
    definitions = {**own.pop("$defs", {}), model.__name__: own}
    return {"$ref": REF.format(model=model.__name__), "$defs": definitions}


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "the same key and request get the same answer, and are done once, as long as keys are kept (policy retention.answer_days)",
    maxLength=128,
)
IF_MATCH = _header("If-Match", "an ETag of the case; 412 if an act was done since; only the version counts")
IF_NONE_MATCH = _header("If-None-Match", "ETags; 304 if the answer would be the same")

BODY: dict[str, Any] = {
    "parameters": [IDEMPOTENCY_KEY],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _shared(ReportIn)},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "report": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": {"$ref": REF.format(model="ReportIn")},
                            "description": "the report as application/json has it",
                        },
                        "photo": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "voice": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            },
        },
    },
}
