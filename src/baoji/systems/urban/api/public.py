"""The door for programs without a token: a citizen's report. The same gate as the page's, told in a program's words."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from baoji.kernel.base.errors import Invalid
from baoji.kernel.records.actions import keep_all
from baoji.kernel.wire.problems import problem
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import public
from baoji.systems.urban.api import incoming
from baoji.systems.urban.api.reporting import BODY, PROBLEMS, draft_of, parsed, reply
from baoji.systems.urban.api.schemas import PublicReportOut

router = Router(tags=["urban"])
PROOF = "X-Proof-Of-Work"


@router.post(
    "/public/reports",
    response={201: PublicReportOut, 202: PublicReportOut, **PROBLEMS},
    summary="市民上报，不用登录",
    openapi_extra={**BODY, "security": []},
)
def create_public_report(request: HttpRequest) -> HttpResponse:
    """201 with number and code means that the report is durable; 202 that it is kept apart until a person has looked.

    An address that has sent too many gets 429 with `Retry-After` and `proof`: whoever solves it sends the same again with
    the `key` as Idempotency-Key and `challenge:nonce` as X-Proof-Of-Work, and is let in. A token, if there is one, counts for nothing here.
    """
    body, uploads = incoming.read(request, "report")
    key, now = incoming.key_of(request), timezone.now()
    draft = draft_of(parsed(body))
    if draft.self_disposed:
        raise Invalid(_("只有采集员可以自行处置"), errors={"self_disposed": [_("只有采集员可以自行处置")]})
    sent = public.Sent(
        draft,
        lambda: keep_all(uploads, now=now),
        photo_count=sum(kind == "photo" for _upload, kind in uploads),
        key=key,
        request_hash=incoming.hash_of(request, body, uploads) if key else "",
    )
    asking = public.Asking(network_of(request), "", draft.description, key, request.headers.get(PROOF, ""))
    try:
        answer = public.arrive(sent, asking, now, hold_unproven=False)
    except public.ProofWanted as wanted:
        headers = {"Retry-After": str(wanted.retry_after)}
        return problem(429, wanted.code, wanted.message, headers=headers, more={"proof": wanted.proof})
    number = answer.number or None
    return reply(
        202 if answer.is_held else 201, {"number": number, "code": answer.code}, _location(answer.code)
    )


def _location(code: str) -> dict[str, str]:
    return {"Location": f"/follow/{code}"}
