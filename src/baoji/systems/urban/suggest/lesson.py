"""Softmax regression over runs of signs, in numpy: learning, telling, and being written down as bytes."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from math import log

import numpy as np
from numpy.typing import NDArray

from baoji.systems.urban.suggest.grams import Gram, cleaned, telling
from baoji.systems.urban.suggest.keywords import Class

Numbers = NDArray[np.float32]
Places = NDArray[np.int64]
MOST_GRAMS = 12_000
LEAST_TELLING = 0.25  # a run of signs that is said of all classes alike tells none from another, from 0 to 1
LEAST_TEXTS = 3  # a run of signs in fewer texts than this tells of one case, and perhaps of one person
EPOCHS = 8
BATCH = 128
RATE = 0.5
DECAY = 1e-6


@dataclass
class Lesson:
    """`weights` has a row a gram and a column a class; `rarity` is how much a gram counts in a text."""

    vocabulary: dict[str, int]
    classes: list[Class]
    rarity: Numbers
    weights: Numbers
    bias: Numbers
    cases: int = 0
    _columns: dict[Class, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._columns = {one: n for n, one in enumerate(self.classes)}

    def shares(self, found: list[Gram]) -> dict[Class, float]:
        """Shares of one for every class that was learnt; {} unless two signs side by side are known: one alone is in words of every sort."""
        signs = {n for gram in found if gram.text in self.vocabulary for n in range(gram.start, gram.end)}
        if not any(n + 1 in signs for n in signs):
            return {}
        rows, values = self.measured(found)
        logits = values @ self.weights[rows] + self.bias
        return dict(zip(self.classes, _softmax(logits[None, :])[0].tolist(), strict=True))

    def measured(self, found: list[Gram]) -> tuple[Places, Numbers]:
        """The text as a vector of length one: which grams it has, and how much each counts."""
        known = sorted({self.vocabulary[gram.text] for gram in found if gram.text in self.vocabulary})
        rows = np.array(known, dtype=np.int64)
        values = self.rarity[rows]
        length = np.float32(np.sqrt((values * values).sum())) or np.float32(1)
        return rows, values / length

    def weights_for(self, found: list[Gram], one: Class) -> dict[str, float]:
        """How much each known run of the text speaks for this class rather than for the others."""
        column = self._columns.get(one)
        if column is None:
            return {}
        told: dict[str, float] = {}
        for gram in found:
            row = self.vocabulary.get(gram.text)
            if row is not None:
                more = self.weights[row, column] - self.weights[row].mean()
                told[gram.text] = max(0.0, float(self.rarity[row] * more))
        return told

    def dump(self) -> bytes:
        """numpy's archive without pickles; weights in half precision."""
        written = BytesIO()
        np.savez_compressed(
            written,
            grams=np.array(list(self.vocabulary), dtype=np.str_),
            kinds=np.array([kind for kind, _code in self.classes], dtype=np.str_),
            codes=np.array([code for _kind, code in self.classes], dtype=np.str_),
            rarity=self.rarity,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            cases=np.array(self.cases),
        )
        return written.getvalue()

    @classmethod
    def load(cls, written: bytes) -> "Lesson":
        with np.load(BytesIO(written), allow_pickle=False) as kept:
            vocabulary = {str(gram): n for n, gram in enumerate(kept["grams"])}
            classes = [
                (str(kind), str(code)) for kind, code in zip(kept["kinds"], kept["codes"], strict=True)
            ]
            weights = kept["weights"].astype(np.float32)
            return cls(vocabulary, classes, kept["rarity"], weights, kept["bias"], int(kept["cases"]))


def learn(texts: Sequence[str], labels: Sequence[Class], *, seed: int = 1) -> Lesson:
    """Mini-batches and Adagrad; the same texts give the same lesson."""
    found = [telling(cleaned(text)) for text in texts]
    counted = Counter(text for one in found for text in {gram.text for gram in one})
    tells = _tells(found, labels, {gram for gram, count in counted.items() if count >= LEAST_TEXTS})
    kept = sorted(sorted(tells, key=lambda gram: (-counted[gram], gram))[:MOST_GRAMS])
    classes = sorted(set(labels))
    lesson = Lesson(
        {gram: n for n, gram in enumerate(kept)},
        classes,
        np.array([log(1 + len(texts) / counted[gram]) * tells[gram] for gram in kept], dtype=np.float32),
        np.zeros((len(kept), len(classes)), dtype=np.float32),
        np.zeros(len(classes), dtype=np.float32),
        len(texts),
    )
    columns = {one: n for n, one in enumerate(classes)}
    vectors = [lesson.measured(one) for one in found]
    chosen = [n for n, (rows, _values) in enumerate(vectors) if len(rows)]
    _descend(
        lesson,
        [vectors[n] for n in chosen],
        np.array([columns[labels[n]] for n in chosen], dtype=np.int64),
        np.random.default_rng(seed),
    )
    return lesson


def _tells(
    found: Sequence[Sequence[Gram]], labels: Sequence[Class], often: Collection[str]
) -> dict[str, float]:
    """Of the runs that tell classes apart, how well: 1, said of one class alone, to 0, spread as all texts are."""
    said: dict[str, Counter[Class]] = {gram: Counter() for gram in often}
    for one, label in zip(found, labels, strict=True):
        for gram in {gram.text for gram in one} & said.keys():
            said[gram][label] += 1
    whole = _spread(Counter(labels)) or 1.0
    told = {gram: 1 - _spread(count) / min(whole, log(count.total())) for gram, count in said.items()}
    return {gram: tells for gram, tells in told.items() if tells >= LEAST_TELLING}


def _spread(count: Counter[Class]) -> float:
    """Entropy, with what a small count leaves out of it (Miller and Madow)."""
    whole = count.total()
    plain = log(whole) - sum(n * log(n) for n in count.values()) / whole
    return plain + (len(count) - 1) / (2 * whole)


def _descend(
    lesson: Lesson, vectors: list[tuple[Places, Numbers]], labels: Places, rng: np.random.Generator
) -> None:
    squares, bias_squares = np.full_like(lesson.weights, 1e-6), np.full_like(lesson.bias, 1e-6)
    order = np.arange(len(vectors))
    for _epoch in range(EPOCHS):
        rng.shuffle(order)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            texts = _Texts([vectors[n] for n in batch])
            wrong = _softmax(texts.logits(lesson.weights) + lesson.bias)
            wrong[np.arange(len(batch)), labels[batch]] -= 1
            touched, step = texts.slope(wrong / np.float32(len(batch)))
            step += DECAY * lesson.weights[touched]
            squares[touched] += step * step
            lesson.weights[touched] -= RATE * step / np.sqrt(squares[touched])
            bias_step = wrong.mean(axis=0)
            bias_squares += bias_step * bias_step
            lesson.bias -= RATE * bias_step / np.sqrt(bias_squares)


class _Texts:
    """Some texts as one sparse matrix: all their grams in a row, text after text."""

    def __init__(self, vectors: list[tuple[Places, Numbers]]) -> None:
        lengths = np.array([len(rows) for rows, _values in vectors])
        self.starts = np.concatenate(([0], lengths.cumsum()[:-1]))
        self.text_of = np.repeat(np.arange(len(vectors)), lengths)
        self.rows = np.concatenate([rows for rows, _values in vectors])
        self.values = np.concatenate([values for _rows, values in vectors])[:, None]

    def logits(self, weights: Numbers) -> Numbers:
        told: Numbers = np.add.reduceat(weights[self.rows] * self.values, self.starts, axis=0)
        return told

    def slope(self, wrong: Numbers) -> tuple[Places, Numbers]:
        """The grams there are, and for each the sum over its texts of what was told wrong."""
        order = np.argsort(self.rows, kind="stable")
        rows = self.rows[order]
        first = np.flatnonzero(np.diff(rows, prepend=-1))
        each = wrong[self.text_of[order]] * self.values[order]
        return rows[first], np.add.reduceat(each, first, axis=0)


def _softmax(logits: Numbers) -> Numbers:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return shares
