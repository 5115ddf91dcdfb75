"""The title of a notice in its parts, so that whoever reads it reads their own language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

import orjson
from django.conf import settings
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from baoji.kernel.base.phrases import headed, remarked
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.registry.manifest import load, manifests

# As it stands; ["…"]: a sentence of the catalogue; {"org": id}: an organisation.
Value = str | int | list[str] | dict[str, int]


@dataclass(frozen=True)
class Words:
    """`sentence` is marked for the catalogue and may name `values`; `about` is the title of what the notice is about, which
    its system has in other languages too (`SystemManifest.titles`); `note` is what somebody wrote, and stays as it is."""

    sentence: str
    values: Mapping[str, Value] = field(default_factory=dict)
    about: str = ""
    note: str = ""

    def __str__(self) -> str:
        said = _(self.sentence)
        if "%(" in said:
            said = said % {name: _shown(value) for name, value in self.values.items()}
        if self.about:
            said = headed(said, _titled(self.about))
        return remarked(said, self.note) if self.note else said

    def in_the_citys_language(self) -> str:
        if get_language() == settings.LANGUAGE_CODE:  # as it mostly is: acts pay for this
            return str(self)
        with override(settings.LANGUAGE_CODE):
            return str(self)

    def kept(self) -> str:
        """As JSON, without the parts at the end that are empty."""
        parts: list[Any] = [self.sentence, self.about, self.note, self.values]
        while not parts[-1]:
            parts.pop()
        return orjson.dumps(parts).decode()

    @classmethod
    def read(cls, kept: Any) -> Self:
        """Raises TypeError, ValueError of what is not `kept`."""
        if not isinstance(kept, list) or not kept:
            raise TypeError(f"these are no parts of a title: {kept!r}")
        sentence, about, note, values = kept + ["", "", "", {}][len(kept) :]
        return cls(sentence, values, about, note)


def _shown(value: Value) -> str:
    if isinstance(value, list):
        return _(value[0])
    if isinstance(value, dict):
        return org_name(organisations().known[value["org"]])
    return str(value)


@lru_cache(maxsize=1)
def _titles() -> tuple[Any, ...]:
    return tuple(load(manifest.titles) for manifest in manifests() if manifest.titles)


def _titled(title: str) -> str:
    for in_readers_language in _titles():
        title = in_readers_language(title)
    return title


def title_of(kept: Any, title: str) -> str:
    """In the reader's language; `title` where no parts were kept, or where this release cannot put them together."""
    if not kept:
        return title
    try:
        return str(Words.read(orjson.loads(kept) if isinstance(kept, str) else kept))
    except (KeyError, TypeError, ValueError):
        return title
