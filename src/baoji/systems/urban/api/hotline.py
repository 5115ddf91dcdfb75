"""For call systems and other hotlines: no token, but each call signed with a shared secret (`kernel.wire.signed`)."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field, ValidationError

from baoji.kernel.base.errors import Invalid
from baoji.kernel.wire.nul import refuse_nul
from baoji.kernel.wire.signed import Signed, signed, take_once
from baoji.kernel.wire.words import sentences
from baoji.systems.urban import public
from baoji.systems.urban.api.hotline_schemas import MESSAGE, CallIn, CallOut, HandoverOut, Message, Messages
from baoji.systems.urban.api.reporting import PROBLEMS, reply

router = Router(tags=["hotline"])
CALL_SYSTEM = "hotline"


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": words}
        for name, words in (
            ("Baoji-Key", "which secret: hotline, 12345 or 110"),
            ("Baoji-Timestamp", "seconds since the epoch, at most 5 minutes apart"),
            ("Baoji-Signature", "v1=HMAC-SHA256(TIMESTAMP.METHOD.PATH.BODY)"),
        )
    ]
    content = {"application/json": {"schema": schema}}
    return {"parameters": headers, "requestBody": {"required": True, "content": content}, "security": []}


CALL_SCHEMA = CallIn.model_json_schema(ref_template="#/components/schemas/{model}")
MESSAGE_SCHEMA = MESSAGE.json_schema(ref_template="#/components/schemas/{model}")


@router.post(
    "/hotline/calls",
    response={200: CallOut, **PROBLEMS},
    summary="来电事件",
    openapi_extra=_body(CALL_SCHEMA),
)
def take_call(request: HttpRequest) -> HttpResponse:
    """A call rings at a seat, is answered, ends, or has a recording. The seat's page shows it at once.

    The same event again changes nothing; the same signed call again is refused as `replayed`.
    """
    now = timezone.now()
    call = signed(request, {CALL_SYSTEM: settings.HOTLINE_SECRET}, now)
    given = _parsed(call, CallIn.model_validate_json)
    if given.event == "recording" and not given.recording:
        raise Invalid(_("有内容需要改正"), errors={"recording": [_("请填写这一项")]})
    told = public.CallEvent(given.call, given.event, given.phone, given.seat, given.at, given.recording)
    with transaction.atomic():
        take_once(call)
        id_ = public.call_told(told, now)
    return reply(200, {"call": given.call, "id": id_})


def _parsed(call: Signed, parse: Any) -> Any:
    try:
        given = parse(call.body)
    except ValidationError as fault:
        raise Invalid(
            _("有内容需要改正"), errors=sentences(fault.errors(include_url=False), "body")
        ) from None
    refuse_nul(call.body, given.model_dump())
    return given


def _platforms() -> dict[str, str]:
    return {name: known["secret"] for name, known in settings.HANDOVER.items()}


@router.post(
    "/hotline/handovers",
    response={200: HandoverOut, 201: HandoverOut, 202: HandoverOut, **PROBLEMS},
    summary="转办消息",
    openapi_extra=_body(MESSAGE_SCHEMA),
)
def take_message(request: HttpRequest) -> HttpResponse:
    """An order, an acknowledgement or a result of another hotline (docs/handover.schema.json).

    201: an order has become a case, whose number is answered. 202: a person has still to look; the acknowledgement comes later.
    200: an answer to an order of ours, or a message that was taken before.
    """
    now = timezone.now()
    call = signed(request, _platforms(), now)
    message: Message = _parsed(call, MESSAGE.validate_json)
    told = message.model_dump(mode="json")
    if message.kind == "acknowledgement" and message.accepted and not message.sender_number:
        raise Invalid(_("有内容需要改正"), errors={"sender_number": [_("请填写这一项")]})
    if message.kind == "acknowledgement" and not message.sender_number:
        told["sender_number"] = f"({message.receiver_number})"  # declined without a number of theirs
    with transaction.atomic():
        take_once(call)
        answered = public.receive(call.key, told, now)
    status = 200 if not answered.is_new or message.kind != "order" else 201 if answered.number else 202
    return reply(status, {"receiver_number": answered.number or None, "state": answered.state})


class Wanted(BaseModel):
    after: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=500)


@router.get(
    "/hotline/handovers",
    response={200: Messages, **PROBLEMS},
    summary="取转办消息",
    openapi_extra={"security": []},
)
def list_messages(request: HttpRequest, given: Query[Wanted]) -> HttpResponse:
    """Our messages to the platform that signs, in order; keep `next` and ask with it as `after` the next time."""
    call = signed(request, _platforms(), timezone.now())
    items = public.messages_for(call.key, given.after, given.limit)
    return reply(200, {"items": items, "next": items[-1]["id"] if items else given.after})
