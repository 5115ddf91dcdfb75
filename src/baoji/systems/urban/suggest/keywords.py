"""Until there is data: classes whose everyday words, name and filing conditions stand in the text."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log, sqrt

from baoji.kernel.base.snapshot import Snapshot
from baoji.systems.urban.queries.book import Book, ClassRow, book
from baoji.systems.urban.queries.everyday import Everyday, everyday
from baoji.systems.urban.rules.everyday import parts_of
from baoji.systems.urban.suggest import idle
from baoji.systems.urban.suggest.grams import Gram, cleaned, grams

Class = tuple[str, str]  # kind and code
SHORTEST = 2
# How much counts: a word that people say whole; of a run the more, the less else the name or the conditions hold.
CONDITION_WEIGHT, NAME_WEIGHT, WORD_WEIGHT = 0.15, 1.5, 1.0
POWER = 1.25
TOGETHER_WEIGHT = 1.3  # words that count only together say more than either
USUAL_STEP = 0.2  # each step of `usual` makes a class so much likelier
SEPARATORS = re.compile(r"[()（）、，。；]")
LATIN = re.compile(r"[a-z]+")
# What more classes than this have in name or conditions (破损, 倾斜) tells none from another.
MOST_CLASSES = 23
# A class of which no more than crumbs of conditions stand in the text is not proposed.
LEAST_SCORE = 0.4


@dataclass(frozen=True)
class Word:
    """What people say: `parts` must all stand in the text. `weights` tell how much that speaks for each class."""

    parts: tuple[re.Pattern[str], ...]
    weights: Mapping[Class, float]

    def found(self, text: str) -> list[tuple[int, int]]:
        """Where each part stands first; [] unless all do."""
        places = [part.search(text) for part in self.parts]
        return [place.span() for place in places if place] if all(places) else []


@dataclass(frozen=True)
class Keywords:
    """`runs[run][class]`: how much a run of signs in names and conditions speaks for a class; `usual`: a factor."""

    runs: Mapping[str, Mapping[Class, float]]
    words: tuple[Word, ...]
    usual: Mapping[Class, float]

    def matches(self, text: str) -> list[tuple[Gram, Mapping[Class, float]]]:
        """What in a cleaned text counts, where, and for which classes; each run and word once."""
        runs = {run.text: run for run in _runs(text)}
        found = [(run, self.runs[run.text]) for run in runs.values() if run.text in self.runs]
        said = [(spans, word) for word in self.words if (spans := word.found(text))]
        larger = {spans[0] for spans, _word in said if len(spans) == 1} | idle.spans(text)
        for spans, word in said:
            if len(spans) == 1 and _is_inside(spans[0], larger):
                continue  # 垃圾 in 垃圾桶 is no rubbish, and 人行道 in 人行道上 a place
            weights = {one: weight / len(spans) for one, weight in word.weights.items()}
            found += [(Gram(text[start:end], start), weights) for start, end in spans]
        return found

    def shares(self, text: str) -> dict[Class, float]:
        """Shares of one; the squares of the scores, so that a full name outweighs many crumbs."""
        scores: dict[Class, float] = defaultdict(float)
        for _gram, weights in self.matches(text):
            for one, weight in weights.items():
                scores[one] += weight
        squares = {
            one: (score * self.usual.get(one, 1.0)) ** POWER
            for one, score in scores.items()
            if score >= LEAST_SCORE
        }
        whole = sum(squares.values())
        return {one: square / whole for one, square in squares.items()} if whole else {}

    def reasons(self, text: str, one: Class) -> tuple[list[Gram], dict[str, float]]:
        """What counted for a class, and how much."""
        found, weights = [], dict[str, float]()
        for gram, told in self.matches(text):
            if one in told:
                found.append(gram)
                weights[gram.text] = weights.get(gram.text, 0.0) + told[one]
        return found, weights


def from_tables(known: Book, said: Mapping[Class, Everyday]) -> Keywords:
    names = {one: {run for part in _names(row) for run in _keys(part)} for one, row in known.classes.items()}
    conditions = {
        one: {run for row in known.conditions.get(one, []) for run in _keys(f"{row.text} {row.text_en}")}
        - names[one]
        for one in known.classes
    }
    having = Counter(run for one in known.classes for run in names[one] | conditions[one])
    common = {run for run, count in having.items() if count > MOST_CLASSES}
    runs: dict[str, dict[Class, float]] = defaultdict(dict)
    for weight, table in ((CONDITION_WEIGHT, conditions), (NAME_WEIGHT, names)):
        rarity = _rarity(table)
        for one, keys in table.items():
            for run in keys - common:
                runs[run][one] = weight * rarity[run] / sqrt(len(keys))
    usual = {one: 1 + USUAL_STEP * told.usual for one, told in said.items()}
    return Keywords(dict(runs), _words(known, said), usual)


def _words(known: Book, said: Mapping[Class, Everyday]) -> tuple[Word, ...]:
    """What people say and what the classes are called, with its weights."""
    table = {
        one: {
            *(cleaned(word) for word in (said[one].words if one in said else ())),
            *(part for part in map(cleaned, _names(row)) if len(part) >= SHORTEST),
        }
        for one, row in known.classes.items()
    }
    rarity = _rarity(table)
    weights: dict[str, dict[Class, float]] = defaultdict(dict)
    for one, words in table.items():
        for word in words:
            more = TOGETHER_WEIGHT if len(parts_of(word)) > 1 else 1.0
            weights[word][one] = WORD_WEIGHT * more * rarity[word]
    return tuple(Word(tuple(map(_pattern, parts_of(word))), told) for word, told in weights.items())


def _rarity(table: Mapping[Class, Iterable[str]]) -> dict[str, float]:
    """The fewer classes have it, the more it says."""
    counted = Counter(key for keys in table.values() for key in keys)
    return {key: log(1 + len(table) / count) for key, count in counted.items()}


def _names(row: ClassRow) -> list[str]:
    return [
        part.strip() for name in (row.name, row.name_en) for part in SEPARATORS.split(name) if part.strip()
    ]


def _pattern(part: str) -> re.Pattern[str]:
    """Words of letters count as whole words, in singular or plural."""
    if not LATIN.match(part):
        return re.compile(re.escape(part))
    return re.compile(rf"(?<![a-z]){re.escape(part)}(?:e?s)?(?![a-z])")


def _is_inside(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end and (start, end) != span for start, end in others)


def _runs(text: str) -> list[Gram]:
    """Runs of signs that may say something: of Chinese two or three signs, of English whole words in the singular."""
    silent = idle.places(text)
    signs = LATIN.sub(lambda word: " " * len(word[0]), text)
    found = [gram for gram in grams(signs, SHORTEST) if not silent.issuperset(range(gram.start, gram.end))]
    for word in LATIN.finditer(text):
        if len(word[0]) >= SHORTEST and word.start() not in silent:
            found.append(Gram(word[0].removesuffix("s"), word.start()))
    return found


def _keys(text: str) -> set[str]:
    return {gram.text for gram in _runs(cleaned(text))}


keywords = Snapshot(lambda: from_tables(book(), everyday()), "classes", "duty", "policies")
