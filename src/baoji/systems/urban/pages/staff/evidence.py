"""Evidence of a case: what is proven photo by photo, its chain in the journal, the export to take along, originals."""

import tempfile
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from baoji.kernel.base.errors import NotThere
from baoji.kernel.evidence.keys import fingerprint
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records import storage
from baoji.kernel.records.queries import require_clean
from baoji.kernel.wire.pages import page, page_or_token
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.casefile import photos
from baoji.systems.urban.pages.staff.proof import told
from baoji.systems.urban.rules.table import FLOW

ACTS = {act.name: act.title for act in FLOW.acts}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
def evidence(request: HttpRequest, caller: Caller, number: str) -> HttpResponseBase:
    """The page; sending its form gives the export."""
    if request.method == "POST":
        return _export(caller, number)
    now, loaded = timezone.now(), public.case_for(caller, number)
    public.require_may_see_originals(caller)
    seen = public.view(caller, loaded, now)
    chain = public.evidence_chain(loaded.case)
    files = [
        {**shown, "file": file, "proof": told(file)}
        for shown, file in _beside(photos(seen, now), seen["attachments"])
    ]
    context = {
        "number": loaded.case.number,
        "subject": loaded.case.case_number or loaded.case.number,
        "title": public.case_title(loaded.case.title) or _("未定类别"),
        "files": files,
        "counts": [_count(files, kind) for kind in ("proven", "claimed", "failed")],
        "lines": [_line(line) for line in chain.lines],
        "broken": chain.broken,
        "head": chain.head,
        "fingerprint": fingerprint(),
        "simulated": public.marks(loaded.case.pk)["simulated"],
    }
    return render(request, "urban/case/evidence.html", context)


def _beside(
    shown: list[dict[str, Any]], files: list[dict[str, Any]]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each file with how the case page shows it; a recording has no picture."""
    by_url = {one["full"]: one for one in shown}
    voice = {"label": _("录音"), "url": ""}
    return [(by_url.get(f"{file['url']}/1600", voice), file) for file in files]


def _count(files: list[dict[str, Any]], kind: str) -> int:
    return sum(one["proof"]["kind"] == kind for one in files)


def _line(line: Any) -> dict[str, Any]:
    return {
        "n": line.n,
        "act": _(ACTS[line.verb]) if line.verb in ACTS else _("上报") if line.verb == "report" else line.verb,
        "at": line.at,
        "hash": line.hash[:16],
        "sealed_at": line.sealed_at,
    }


def _export(caller: Caller, number: str) -> HttpResponseBase:
    """Written to a passing file first: it is signed over its whole content."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        case = public.case_for(caller, number).case
        public.export_case(by=caller, number=number, target=file, now=timezone.now())
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"evidence-{case.case_number or case.number}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@never_cache
@require_safe
@page_or_token
def original(request: HttpRequest, caller: Caller, id_: int) -> HttpResponseBase:
    """A file as it came; each look stands in the journal. It is downloaded, never shown inside a page of ours."""
    found = public.attachment(id_) if id_ < 2**63 else None
    if found is None:
        raise NotThere(_("没有这个文件"))
    _require_may_have(caller, found)
    require_clean(found["sha256"])
    path = storage.original_path(found["sha256"])
    if not path.exists():
        raise NotThere(_("原件已按期限删除，或不在这台服务器上"))
    if request.method == "HEAD":
        return HttpResponse(content_type=found["mime"])
    public.look_at_original(by=caller, number=found["number"], attachment=found, now=timezone.now())
    ending = found["mime"].rpartition("/")[2]
    response = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"{found['sha256'][:16]}.{ending}",
        content_type=found["mime"],
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _require_may_have(caller: Caller, found: dict[str, Any]) -> None:
    """Before anything is said of the file: of a case that one may not see, not even that it is there."""
    try:
        public.case_for(caller, found["number"])
    except NotThere:
        raise NotThere(_("没有这个文件")) from None
    public.require_may_see_originals(caller)
