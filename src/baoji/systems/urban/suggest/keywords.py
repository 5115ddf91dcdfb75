"""Until there is data: classes whose name and filing conditions share words with the text."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log, sqrt

from baoji.kernel.base.snapshot import Snapshot
from baoji.systems.urban.queries.book import Book, book
from baoji.systems.urban.suggest.grams import Gram, cleaned, grams

Class = tuple[str, str]  # kind and code
SHORTEST = 2
NAME_WEIGHT = 3.0
SEPARATORS = re.compile(r"[()（）、，。；]")


@dataclass(frozen=True)
class Keywords:
    """`weights[gram][class]`: how much a run of signs speaks for a class."""

    weights: dict[str, dict[Class, float]]

    def scores(self, found: list[Gram]) -> dict[Class, float]:
        scores: dict[Class, float] = defaultdict(float)
        for text in {gram.text for gram in found if len(gram.text) >= SHORTEST}:
            for one, weight in self.weights.get(text, {}).items():
                scores[one] += weight
        return scores

    def shares(self, found: list[Gram]) -> dict[Class, float]:
        """Shares of one; the squares of the scores, so that a full name outweighs many crumbs."""
        squares = {one: score * score for one, score in self.scores(found).items()}
        whole = sum(squares.values())
        return {one: square / whole for one, square in squares.items()} if whole else {}

    def weights_for(self, one: Class) -> dict[str, float]:
        return {gram: weights[one] for gram, weights in self.weights.items() if one in weights}


def from_book(known: Book) -> Keywords:
    documents: dict[Class, Counter[str]] = {}
    for key, row in known.classes.items():
        counted: Counter[str] = Counter()
        for part in SEPARATORS.split(row.name):
            counted.update({gram: NAME_WEIGHT for gram in _keys(part)})
        for condition in known.conditions.get(key, []):
            for gram in set(_keys(condition.text)):
                counted[gram] = max(counted[gram], 1)
        documents[key] = counted
    df = Counter(gram for counted in documents.values() for gram in counted)
    weights: dict[str, dict[Class, float]] = defaultdict(dict)
    for key, counted in documents.items():
        size = sqrt(sum(value * value for value in counted.values())) or 1.0
        for gram, value in counted.items():
            weights[gram][key] = value / size * log(1 + len(documents) / df[gram])
    return Keywords(dict(weights))


def _keys(text: str) -> list[str]:
    return [gram.text for gram in grams(cleaned(text), SHORTEST)]


keywords = Snapshot(lambda: from_book(book()), "classes", "duty")
