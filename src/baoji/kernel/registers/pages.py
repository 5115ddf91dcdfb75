"""A desk of registers: overview, list, add, edit, history, search for fields. Hand it declarations, include its addresses."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from baoji.kernel.base.errors import Invalid, NotThere, Refused
from baoji.kernel.identity.callers import Caller
from baoji.kernel.registers import actions, queries, shown
from baoji.kernel.registers.declare import Draft, Register, Text
from baoji.kernel.registers.values import digest
from baoji.kernel.ui.pages import id_before, keyset
from baoji.kernel.wire.pages import page

FIND_MOST = 20


class Desk:
    """`prefix` is where its addresses hang, with both slashes: `/operator/`."""

    def __init__(self, prefix: str, title: Text, registers: Sequence[Register]) -> None:
        self.prefix = prefix
        self.title = title
        self.registers = {register.code: register for register in registers}

    def urls(self, name: str) -> list[URLPattern]:
        """`name` is the name of the overview's address."""
        safe, both = require_safe, require_http_methods(["GET", "HEAD", "POST"])
        return [
            path("", never_cache(safe(page(self.overview))), name=name),
            path("find/<slug:code>/<slug:field>", safe(page(self.find))),
            path("<slug:code>/", never_cache(safe(page(self.listing)))),
            path("<slug:code>/history", never_cache(safe(page(self.history_of_all)))),
            path("<slug:code>/add", never_cache(both(page(self.add)))),
            path("<slug:code>/<int:row_id>", never_cache(both(page(self.edit)))),
            path("<slug:code>/<int:row_id>/history", never_cache(safe(page(self.history)))),
            path(
                "<slug:code>/<int:row_id>/do/<slug:verb>",
                never_cache(require_http_methods(["POST"])(page(self.act))),
            ),
        ]

    def register(self, code: str, caller: Caller) -> Register:
        """Raises NotThere, and NotAllowed for whoever does not keep it."""
        found = self.registers.get(code)
        if found is None:
            raise NotThere(_("没有这个资料表"))
        actions.must_keep(found, caller)
        return found

    def url(self, register: Register, row_id: int | None = None, tail: str = "") -> str:
        """Of the register, a row of it, or what hangs below either."""
        row = f"{row_id}{'/' if tail else ''}" if row_id is not None else ""
        return f"{self.prefix}{register.code}/{row}{tail}"

    def base(self, register: Register | None) -> dict[str, Any]:
        """What every page of the desk shows; None for the overview."""
        return {
            "desk": self.title,
            "desk_url": self.prefix,
            "register": register,
            "groups": shown.groups(self, register),
        }

    def overview(self, request: HttpRequest, caller: Caller) -> HttpResponse:
        """Every register in its group."""
        for register in self.registers.values():
            actions.must_keep(register, caller)
        return render(request, "registers/overview.html", self.base(None))

    def listing(self, request: HttpRequest, caller: Caller, code: str) -> HttpResponse:
        """One page of a register, narrowed by words and filters."""
        register = self.register(code, caller)
        given = request.GET
        chosen = {one.name: given[one.name] for one in register.filters if given.get(one.name)}
        found = queries.page(
            register,
            words=given.get("find", "").strip(),
            chosen=chosen,
            after=given.get("after", ""),
            before=given.get("before", ""),
        )
        rows = shown.lines(self, register, found.rows)
        return render(
            request,
            "registers/list.html",
            self.base(register)
            | {
                "heads": shown.heads(register),
                "rows": rows,
                "has_sources": any(row["source"] or row["note"] for row in rows),
                "words": given.get("find", ""),
                "filters": [
                    {
                        "name": one.name,
                        "label": one.label,
                        "value": given.get(one.name, ""),
                        "choices": one.choices(),
                    }
                    for one in register.filters
                ],
                "pages": keyset(request, previous=found.previous, following=found.next),
                "notes": register.notes() if register.notes else [],
                "history_url": self.url(register, tail="history"),
                "add_url": f"{self.url(register, tail='add')}{f'?{urlencode(chosen)}' if chosen else ''}"
                if register.may_add
                else "",
            },
        )

    def add(self, request: HttpRequest, caller: Caller, code: str) -> HttpResponse:
        """The form of a new row, and what it sends; some registers ask something first."""
        register = self.register(code, caller)
        actions.must_be_open(register)
        if request.method != "POST":
            if register.ask is not None and not request.GET.get(register.ask.name):
                return render(
                    request,
                    "registers/ask.html",
                    self.base(register)
                    | {
                        "ask": register.ask,
                        "choices": register.ask.choices(),
                        "list_url": self.url(register),
                    },
                )
            proposed = register.propose(request.GET.dict()) if register.propose else {}
            return self._form(request, register, None, values=dict(proposed))
        try:
            draft = actions.add(register, given=request.POST, by=caller, now=timezone.now())
        except Invalid as wrong:
            return self._form(request, register, None, posted=request.POST, refused=wrong)
        return self._done(
            request, register, draft, _("已新增：%(what)s") % {"what": register.label_of(draft.row)}
        )

    def edit(self, request: HttpRequest, caller: Caller, code: str, row_id: int) -> HttpResponse:
        """The form of a row, and what it sends. Whoever was quicker is shown beside what was typed."""
        register = self.register(code, caller)
        row = queries.one(register, row_id)
        if request.method != "POST":
            return self._form(request, register, row)
        seen = request.POST.get("seen", "")
        try:
            if "remove" in request.POST:
                actions.remove(register, row_id, seen=seen, by=caller, now=timezone.now())
                messages.success(request, _("已删除：%(what)s") % {"what": register.label_of(row)})
                return HttpResponseRedirect(self.url(register))
            draft = actions.change(
                register, row_id, given=request.POST, seen=seen, by=caller, now=timezone.now()
            )
        except (actions.Changed, Refused) as refused:
            return self._form(
                request, register, queries.one(register, row_id), posted=request.POST, refused=refused
            )
        return self._done(request, register, draft, _("已保存，一秒内全市生效"))

    def act(self, request: HttpRequest, caller: Caller, code: str, row_id: int, verb: str) -> HttpResponse:
        """A verb of the register on one row."""
        register = self.register(code, caller)
        try:
            draft = actions.act(
                register, row_id, verb, seen=request.POST.get("seen", ""), by=caller, now=timezone.now()
            )
        except actions.Changed as refused:
            return self._form(request, register, queries.one(register, row_id), refused=refused)
        title = next(one.title for one in register.acts if one.code == verb)
        return self._done(request, register, draft, _("已办：%(what)s") % {"what": title})

    def _done(self, request: HttpRequest, register: Register, draft: Draft, said: str) -> HttpResponse:
        """Back to the row; but what is shown once is shown here, in the answer itself, and kept nowhere."""
        if draft.shown_once:
            response = render(
                request,
                "registers/once.html",
                self.base(register)
                | {
                    "said": said,
                    "secret": draft.shown_once,
                    "label": register.label_of(draft.row),
                    "url": self.url(register, draft.row.pk),
                },
            )
            response["Cache-Control"] = "no-store"
            return response
        messages.success(request, said)
        return HttpResponseRedirect(self.url(register, draft.row.pk))

    def _form(
        self,
        request: HttpRequest,
        register: Register,
        row: Any,
        *,
        values: dict[str, Any] | None = None,
        posted: QueryDict | None = None,
        refused: Refused | None = None,
    ) -> HttpResponse:
        context = self.base(register) | {
            "row": row,
            "fields": shown.controls(
                self, register, row, values=values, posted=posted, errors=refused.errors if refused else {}
            ),
            "title": register.label_of(row)
            if row is not None
            else register.add_title or _("新增%(what)s") % {"what": register.title},
            "refused": refused,
            "conflict": shown.conflict(register, row, posted, refused),
            "seen": digest(register, row) if row is not None else "",
            "url": self.url(register, row.pk) if row is not None else self.url(register, tail="add"),
            "list_url": self.url(register),
        }
        if row is not None:
            context |= self._about_row(register, row)
        return render(request, "registers/edit.html", context, status=refused.status if refused else 200)

    def _about_row(self, register: Register, row: Any) -> dict[str, Any]:
        """What stands beside the form of a row that is there already."""
        return {
            "history_url": self.url(register, row.pk, "history"),
            "note": queries.last_notes(register, [row.pk]).get(row.pk),
            "may_remove": register.removal is not None and not register.removal(row),
            "source": getattr(row, "source", ""),
            "acts": [
                {
                    "code": one.code,
                    "title": one.title,
                    "confirm": one.confirm,
                    "danger": one.danger,
                    "seen": digest(register, row, one.beside(row)),
                    "url": self.url(register, row.pk, f"do/{one.code}"),
                }
                for one in register.acts
                if one.offered(row)
            ],
            "links": [
                {"title": title, "url": f"{self.prefix}{code}/?{urlencode({name: value})}"}
                for title, code, name, value in (register.links(row) if register.links else ())
            ],
        }

    def history(self, request: HttpRequest, caller: Caller, code: str, row_id: int) -> HttpResponse:
        """Changes of one row; also of one that is gone."""
        register = self.register(code, caller)
        row = register.rows().filter(pk=row_id).first()
        return self._history(request, register, row, row_id)

    def history_of_all(self, request: HttpRequest, caller: Caller, code: str) -> HttpResponse:
        """Changes of the whole register."""
        return self._history(request, self.register(code, caller), None, None)

    def _history(
        self, request: HttpRequest, register: Register, row: Any, row_id: int | None
    ) -> HttpResponse:
        before = id_before(request)
        notes, following = queries.history(register, row_id, before=before)
        return render(
            request,
            "registers/history.html",
            self.base(register)
            | {
                "notes": shown.history(self, register, row, notes),
                "next": f"?before={following}" if following else "",
                "first": "?" if before else "",
                "row": row,
                "title": register.label_of(row) if row is not None else register.title,
                "journal": queries.journal(register, row_id) if row_id else [],
                "back": self.url(register, row.pk) if row is not None else self.url(register),
            },
        )

    def find(self, request: HttpRequest, caller: Caller, code: str, field: str) -> JsonResponse:
        """What a field over a long list asks for."""
        self.register(code, caller)
        ref = shown.refs(self).get(field)
        if ref is None:
            raise NotThere(_("没有这个名单"))
        found = ref.search(request.GET.get("q", "").strip())[:FIND_MOST]
        return JsonResponse(
            {"items": [{"value": value, "title": title, "note": note} for value, title, note in found]}
        )
