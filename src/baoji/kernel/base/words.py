"""Declared texts (titles of acts, names of facts) in the reader's language: few, and asked for at every case."""

from collections.abc import Mapping

from django.utils.translation import get_language, gettext


class _Language(dict[str, str]):
    def __missing__(self, text: str) -> str:
        said = self[text] = gettext(text)
        return said


_languages: dict[str | None, _Language] = {}


def words() -> Mapping[str, str]:
    """`words()[text]` is the text in the language of this request; for texts of the code alone, which are kept for good."""
    return _languages.setdefault(get_language(), _Language())
