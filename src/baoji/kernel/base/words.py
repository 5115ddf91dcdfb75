"""Declared texts (titles of acts, names of facts) in the reader's language: few, and asked for at every case."""

from collections.abc import Mapping

from django.utils.translation import get_language, gettext, pgettext


class _Language(dict[str, str]):
    def __missing__(self, text: str) -> str:
        said = self[text] = gettext(text)
        return said


class _Acts(dict[str, str]):
    """By the context "act" where the catalogue has the text in it, else as any text."""

    def __missing__(self, text: str) -> str:
        ordered = pgettext("act", text)
        said = self[text] = gettext(text) if ordered == text else ordered
        return said


_languages: dict[str | None, _Language] = {}
_acts: dict[str | None, _Acts] = {}


def words() -> Mapping[str, str]:
    """`words()[text]` is the text in the language of this request; for texts of the code alone, which are kept for good."""
    return _languages.setdefault(get_language(), _Language())


def act_words() -> Mapping[str, str]:
    """As `words`, for the titles of acts on buttons: what to do (Reject), where a step of the same name says what was done (Rejected)."""
    return _acts.setdefault(get_language(), _Acts())
