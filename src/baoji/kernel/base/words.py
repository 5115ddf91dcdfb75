"""Declared texts (titles of acts, names of facts) in the reader's language: few, and asked for at every case."""

from collections.abc import Callable, Mapping

from django.utils.translation import get_language, gettext, pgettext


class _Said(dict[str, str]):
    def __init__(self, say: Callable[[str], str]) -> None:
        self.say = say

    def __missing__(self, text: str) -> str:
        said = self[text] = self.say(text)
        return said


def _ordered(text: str) -> str:
    """By the context "act" where the catalogue has the text in it, else as any text."""
    ordered = pgettext("act", text)
    return gettext(text) if ordered == text else ordered


_languages: dict[str | None, _Said] = {}
_acts: dict[str | None, _Said] = {}


def words() -> Mapping[str, str]:
    """`words()[text]` is the text in the language of this request; for texts of the code alone, which are kept for good."""
    return _languages.setdefault(get_language(), _Said(gettext))


def act_words() -> Mapping[str, str]:
    """As `words`, for the titles of acts on buttons: what to do (Reject), where a step of the same name says what was done (Rejected)."""
    return _acts.setdefault(get_language(), _Said(_ordered))
