"""A text as the short runs of signs it is made of, and the words that counted. Plain Python."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from baoji.systems.urban.suggest import idle

LONGEST = 3
MOST_WORDS = 3
LONGEST_TEXT = 2000
# A part of the heaviest sign's weight from which on a sign belongs to a word that counted.
COUNTS_FROM = 0.2
RUN = re.compile(r"[^\W_]+")
DIGITS = re.compile(r"\d+")


class Gram(NamedTuple):
    """A run of signs with where it stands in the cleaned text."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def cleaned(text: str) -> str:
    """One way of writing: full-width forms, capitals and numbers make no difference, and no number is remembered."""
    return DIGITS.sub("0", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower())


def grams(text: str, shortest: int = 1) -> list[Gram]:
    """Runs of `shortest` to LONGEST letters, none across a space or a sign between words."""
    found = []
    for run in RUN.finditer(text):
        for start in range(run.start(), run.end()):
            for length in range(shortest, LONGEST + 1):
                if start + length > run.end():
                    break
                found.append(Gram(text[start : start + length], start))
    return found


def telling(text: str) -> list[Gram]:
    """The runs that may say something: none touches a word that says nothing, none is of such signs alone."""
    cut, silent = idle.words(text), idle.places(text)
    return [
        gram
        for gram in grams(text)
        if cut.isdisjoint(range(gram.start, gram.end)) and not silent.issuperset(range(gram.start, gram.end))
    ]


def words_that_counted(text: str, found: list[Gram], weights: Mapping[str, float]) -> tuple[str, ...]:
    """The stretches of the text on which the weight of its runs lies, the heaviest first; single signs for want of others."""
    heat = [0.0] * len(text)
    for gram in found:
        weight = weights.get(gram.text, 0.0)
        for n in range(gram.start, gram.end):
            heat[n] += weight / len(gram.text)
    most = max(heat, default=0.0)
    if most <= 0:
        return ()
    pieces: list[tuple[float, str]] = []
    start = None
    for n, warm in enumerate([*heat, 0.0]):
        if warm >= most * COUNTS_FROM and start is None:
            start = n
        elif warm < most * COUNTS_FROM and start is not None:
            pieces.append((sum(heat[start:n]), text[start:n]))
            start = None
    pieces.sort(key=lambda piece: -piece[0])
    told = list(dict.fromkeys(word for _heat, word in pieces))
    return tuple([word for word in told if len(word) > 1] or told)[:MOST_WORDS]
