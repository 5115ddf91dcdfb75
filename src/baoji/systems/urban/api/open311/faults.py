"""What is wrong with a call, gathered, so that a program can say all of it at once, each at its field."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Refused

# The specification's name of what the report calls otherwise.
NAMES = {
    "class": "service_code",
    "condition": "attribute[condition]",
    "component": "attribute[component]",
    "found_at": "attribute[found_at]",
    "location": "lat, long",
    "crs": "lat, long",
    "address": "address_string",
    "caller_name": "first_name, last_name",
    "caller_phone": "phone",
    "mail": "email",
    "opinion": "description",
}
PLACES = frozenset({"lat", "long", "lat, long", "address_id", "address_string"})
ABOUT_WHAT_WAS_SENT = frozenset({404, 422})


class Faulty(Refused):
    """Several refusals as one: its status is that of the first, `parts` are all of them, each with its own."""

    def __init__(self, parts: list[Refused]) -> None:
        first = parts[0]
        super().__init__(first.message, code=first.code, status=first.status)
        self.parts = parts


class Faults:
    """Refusals about what was sent. Another one (the key, the pace, a full disk) ends the call at once."""

    def __init__(self) -> None:
        self.found: list[Refused] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """What is refused in here is kept for later, and the next thing is looked at."""
        try:
            yield
        except Refused as refused:
            if refused.status not in ABOUT_WHAT_WAS_SENT:
                raise named(refused) from refused
            self.add(refused)

    def add(self, refused: Refused, *, but: frozenset[str] = frozenset()) -> None:
        """A field that was found wrong already is not named twice, and a place not in two ways; nor are those of `but`."""
        known = self.fields
        named(refused)
        lines = {name: said for name, said in refused.errors.items() if name not in known | but}
        if known & PLACES:
            lines = {name: said for name, said in lines.items() if name not in PLACES}
        if lines or not refused.errors:  # one without fields is said as a whole
            refused.errors = lines
            self.found.append(refused)

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields found wrong so far."""
        return frozenset(name for refused in self.found for name in refused.errors)

    def end(self) -> None:
        """Raises all that was noted, if anything was."""
        if self.found:
            raise Faulty(self.found)


def named(refused: Refused) -> Refused:
    """The same, its fields named as the specification does and swapped coordinates in its words."""
    errors = {NAMES.get(name, name): lines for name, lines in refused.errors.items()}
    if refused.code == "coordinates-swapped":
        errors = {"lat, long": [_("经度和纬度写反了：lat 是纬度，long 是经度")]}
    refused.errors = errors
    return refused
