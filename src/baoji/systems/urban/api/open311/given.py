"""What a program sent, typed. A parameter that is empty counts as not sent, as the specification wants."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, NotThere, TooLarge
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban.queries.open311_services import settings
from baoji.systems.urban.rules.open311 import MOST_REQUESTS, Moment, moment

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[\d*\])?")
MOST_PAGE = 100_000
MOST_DEEP = 20_000  # requests that a stranger pages through; what comes after them is found by other dates


class Given:
    """The parameters of a call: those of the address and, for a post, those of its form, which come first."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.forms: list[QueryDict] = [request.GET]
        if request.method == "POST":
            self.forms.insert(0, _form(request))

    def text(self, name: str) -> str:
        """The parameter, of the form before the address, without blanks around it; '' if it was not sent."""
        for form in self.forms:
            found = str(form.get(name, "")).replace("\x00", "").strip()
            if found:
                return found
        return ""

    def texts(self, name: str) -> list[str]:
        """Values of a parameter that may stand several times, each with commas between them."""
        values = [str(value).replace("\x00", "") for form in self.forms for value in form.getlist(name)]
        parts = [part.strip() for value in values for part in value.split(",")]
        return list(dict.fromkeys(part for part in parts if part))

    def flag(self, name: str) -> bool:
        """true, 1 or yes; anything else is no."""
        return self.text(name).lower() in {"true", "1", "yes"}

    def whole(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`. Raises Invalid at the parameter."""
        text = self.text(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most or len(text) > 9:
            raise Invalid.at(name, _("%(name)s 是 1 到 %(most)d 的整数") % {"name": name, "most": most})
        return int(text)

    def moment(self, name: str) -> Moment | None:
        """A W3C date and time, without an offset in the city's. Raises Invalid at the parameter."""
        text = self.text(name)
        if not text:
            return None
        found = moment(text, SHANGHAI)
        if found is None:
            raise Invalid.at(
                name, _("%(name)s 写得不对，请写带时区的时间，例如 2026-01-01T00:00:00Z") % {"name": name}
            )
        return found

    def page(self, *, deep: bool) -> tuple[int, int]:
        """`page` and `page_size`; one page of as much as is ever given is the default.

        Raises Invalid, also beyond MOST_DEEP for whoever may not page `deep`.
        """
        page, size = self.whole("page", 1, MOST_PAGE), self.whole("page_size", MOST_REQUESTS, MOST_REQUESTS)
        if not deep and page * size > MOST_DEEP:
            sentence = _("没有 api_key 最多翻到第 %(n)d 件，再往后请缩短 start_date 到 end_date")
            raise Invalid.at("page", sentence % {"n": MOST_DEEP})
        return page, size

    def attributes(self) -> dict[str, list[str]]:
        """`attribute[code]=value` and `attribute[code][]=value`."""
        found: dict[str, list[str]] = {}
        for form in self.forms:
            for name, values in form.lists():
                match = ATTRIBUTE.fullmatch(name)
                if match:
                    found.setdefault(match[1], []).extend(str(value) for value in values)
        return found

    def fields(self) -> Iterable[tuple[str, list[Any]]]:
        """Every parameter but the key, in a fixed order: what makes two calls the same."""
        both = {name: values for form in reversed(self.forms) for name, values in form.lists()}
        return sorted((name, values) for name, values in both.items() if name != "api_key")

    def must_be_ours(self) -> None:
        """The jurisdiction may be left out, as there is one; another one is not here."""
        asked = self.text("jurisdiction_id")
        if asked and asked.lower() != settings()["jurisdiction"].lower():
            raise NotThere(
                _("这里没有 jurisdiction_id %(asked)s，只有 %(ours)s")
                % {"asked": asked[:60], "ours": settings()["jurisdiction"]}
            )


def _form(request: HttpRequest) -> QueryDict:
    if request.content_type not in FORMS and request.headers.get("Content-Length", "0") not in {"", "0"}:
        sentence = _("请用 application/x-www-form-urlencoded 或 multipart/form-data 发送")
        raise Invalid(sentence, code="unsupported-media-type", errors={"Content-Type": [sentence]})
    try:
        return request.POST
    except RequestDataTooBig as fault:
        raise TooLarge(_("表单内容太大：照片请用 multipart/form-data 发送")) from fault
    except (MultiPartParserError, SuspiciousOperation) as fault:
        raise Invalid(_("表单内容不完整或太大")) from fault
