"""Photos and recordings of cases, for whoever may see the case. Photos go out as copies without EXIF that say when, where, which case."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baoji.kernel.base.errors import NotThere
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records.responses import file_response
from baoji.kernel.wire.pages import page_or_token
from baoji.systems.urban import public
from baoji.systems.urban.queries.stamps import desk_stamp


@require_safe
@page_or_token
def attachment(request: HttpRequest, caller: Caller, id_: int, size: str = "full") -> HttpResponseBase:
    found = public.attachment(id_) if id_ < 2**63 else None
    if found is None:
        raise NotThere(_("没有这个文件"))
    _must_see(caller, found)
    return file_response(request, found["sha256"], found["mime"], size, desk_stamp(found, size))


@require_safe
@page_or_token
def no_file(request: HttpRequest, caller: Caller, name: str) -> HttpResponseBase:
    """An address that no file can have; programs are told as they are everywhere."""
    raise NotThere(_("没有这个文件"))


def _must_see(caller: Caller, found: dict[str, Any]) -> None:
    """The case the file came with, or the one that it was merged into."""
    try:
        public.case_for(caller, found["own"])
    except NotThere:
        public.case_for(caller, found["number"])
    if not public.may_hear(caller, found):
        raise NotThere(_("没有这个文件"))
