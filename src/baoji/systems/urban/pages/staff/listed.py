"""From which list a case was opened: it says what is before and behind it, and where one goes on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict

from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff import lists, tabs
from baoji.systems.urban.public import Case


@dataclass(frozen=True)
class Listed:
    """`given` is the list's own query; empty when the case was opened by itself."""

    given: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, query: QueryDict) -> "Listed":
        names = (
            lists.KEPT
            if query.get("tab")
            else ("list", *lists.SEARCHED)
            if query.get("list") == "cases"
            else ()
        )
        return cls({name: str(query[name]) for name in names if query.get(name)})

    @classmethod
    def unpack(cls, where: str) -> "Listed":
        try:
            text = urlsafe_b64decode(where + "=" * (-len(where) % 4)).decode()
        except ValueError:
            return cls()
        query = QueryDict(mutable=True)
        query.update(dict(parse_qsl(text)))
        return cls.of(query)

    def pack(self) -> str:
        return urlsafe_b64encode(urlencode(self.given).encode()).decode().rstrip("=")

    @property
    def is_worklist(self) -> bool:
        return "tab" in self.given

    @property
    def url(self) -> str:
        if self.given.get("list") == "cases":
            return (
                f"/cases/?{urlencode({name: value for name, value in self.given.items() if name != 'list'})}"
            )
        return f"/work/?{urlencode(self.given)}" if self.given else "/work/"

    def case_url(self, number: str) -> str:
        return f"/cases/{number}?{urlencode(self.given)}" if self.given else f"/cases/{number}"

    def acts_url(self, number: str) -> str:
        """The address under which acts are posted; the list travels in it."""
        return f"/cases/{number}/in/{self.pack()}/acts/" if self.given else f"/cases/{number}/acts/"

    def neighbours(self, caller: Caller, case: Case, now: datetime) -> tuple[str | None, str | None]:
        if not self.given:
            return None, None
        return public.neighbours(caller, self._filters(caller), case, now)

    def _filters(self, caller: Caller) -> public.Filters:
        if not self.is_worklist:
            return lists.searched(self.given)
        wanted = self.given["tab"]
        return tabs.narrowed(tabs.chosen(tabs.tabs(caller, {}, 0, wanted), wanted), self.given)
