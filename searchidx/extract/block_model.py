"""Which blocks of a page are the article's: two sets of decision trees, of which the second sees the first's opinion.

`block_model.txt` holds the trees, one a line, as nested questions: `(linked 0.35 yes no)` asks whether `linked` is at
most 0.35. A tree's answer is a number; the sum of all is the log-odds that the block is the article's.
`benchmarks/train_block_model.py` writes the file.

All questions of all trees are answered at once, for some hundred blocks at a time. Trees share questions, and each
question is answered once. Each tree has at most 16 leaves, a bit each; the answer "no" sets the bits of the leaves
under "yes", which the block cannot reach. The lowest bit that stays clear is its leaf (QuickScorer, Lucchese et al.
2015). All trees have as many questions as the largest, so that one reduction unites the bits of each.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from searchidx.extract.block_features import CONTEXT, FEATURES, describe_blocks, describe_context
from searchidx.extract.blocks import PageOutline

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from searchidx.extract.block_features import Table

    Row = npt.NDArray[np.float32]

_FILE = "block_model.txt"
_TOKEN = re.compile(r"[()]|[^\s()]+")
_MAX_LEAVES = 16
_CHUNK = 256
"""Blocks that are scored at a time: memory stays small, and the arrays within the processor's cache."""


@dataclass(frozen=True, slots=True)
class Question:
    """An inner node of a tree: whether a feature is at most a threshold."""

    feature: str
    threshold: float
    yes: Question | float
    no: Question | float


class DecisionTrees:
    """A sum of decision trees over named features, compiled to arrays."""

    def __init__(self, trees: Sequence[Question], features: Sequence[str]) -> None:
        import numpy as np

        self.trees = trees
        numbers = {name: number for number, name in enumerate(features)}
        walks = []
        values = np.zeros((len(trees), _MAX_LEAVES), np.float32)
        for number, tree in enumerate(trees):
            leaves: list[float] = []
            walks.append(list(_walk(tree, leaves)))
            values[number, : len(leaves)] = leaves
        self._values = values.ravel()
        self._first_values = np.arange(len(trees))[:, None] * _MAX_LEAVES
        size = max(map(len, walks), default=0)
        self._questions = np.zeros((size, len(trees)), np.intp)
        self._bits = np.zeros((size, len(trees), 1), np.uint16)  # none for a question that fills up
        distinct: dict[tuple[int, float], int] = {}
        for number, walk in enumerate(walks):
            for at, (question, first, middle) in enumerate(walk):
                key = (numbers[question.feature], question.threshold)
                self._questions[at, number] = distinct.setdefault(key, len(distinct))
                self._bits[at, number] = (1 << middle) - (1 << first)
        self._columns = np.array([column for column, _ in distinct], np.intp)
        self._thresholds = np.array([[threshold] for _, threshold in distinct], np.float32)

    def score(self, table: Table) -> Row:
        """The probability of each column of a table, whose rows are the features."""
        import numpy as np

        count = table.shape[1]
        total = np.empty(count, np.float32)
        for start in range(0, count, _CHUNK):
            chunk = table[:, start : start + _CHUNK]
            says_no = chunk.take(self._columns, axis=0) > self._thresholds
            unreachable = (-says_no.astype(np.uint16)).take(self._questions, axis=0)  # all bits set for "no"
            unreachable &= self._bits
            reached = ~np.bitwise_or.reduce(unreachable, axis=0)
            lowest = (reached & -reached).astype(np.float32)
            leaf = (lowest.view(np.int32) >> 23) - 127  # the exponent of a power of two
            total[start : start + _CHUNK] = self._values.take(leaf + self._first_values).sum(axis=0)
        return np.asarray(1 / (1 + np.exp(-total)), np.float32)

    def explain(self, row: Row, features: Sequence[str]) -> dict[str, float]:
        """How much each feature moved the log-odds of a row.

        A question moves it from the mean of the leaves below to the mean of those below its answer.
        """
        values = dict(zip(features, row.tolist(), strict=True))
        moved: dict[str, float] = {}
        for tree in self.trees:
            node: Question | float = tree
            while isinstance(node, Question):
                answer = node.yes if values[node.feature] <= node.threshold else node.no
                moved[node.feature] = moved.get(node.feature, 0.0) + _mean(answer) - _mean(node)
                node = answer
        return moved


@dataclass(frozen=True, slots=True)
class BlockScores:
    """The probability that each block of a page is the article's, and the table of features it is computed from."""

    probabilities: Row
    table: Table

    def explain(self, number: int) -> dict[str, float]:
        """How much each feature moved the log-odds of a block: `DecisionTrees.explain`."""
        return _load_model()[1].explain(self.table[:, number], (*FEATURES, *CONTEXT))


def score_blocks(
    outline: PageOutline, headline: str, titles: Sequence[str], descriptions: Sequence[str], article_body: str
) -> BlockScores:
    """Score the blocks of a page. The arguments are those of `describe_blocks`."""
    import numpy as np

    if not outline.blocks:
        return BlockScores(np.zeros(0, np.float32), np.zeros((0, 0), np.float32))
    first, second = _load_model()
    table = describe_blocks(outline, headline, titles, descriptions, article_body)
    describe_context(table, first.score(table), outline)
    return BlockScores(second.score(table), table)


@functools.cache
def _load_model() -> tuple[DecisionTrees, DecisionTrees]:
    text = importlib.resources.files(__package__).joinpath(_FILE).read_text("utf-8")
    _, first, second = text.split("\n\n")
    return DecisionTrees(parse_trees(first), FEATURES), DecisionTrees(parse_trees(second), (*FEATURES, *CONTEXT))


def parse_trees(text: str) -> list[Question]:
    """Parse trees, one a line."""
    trees = [_parse(iter(_TOKEN.findall(line))) for line in text.splitlines()]
    return [tree for tree in trees if isinstance(tree, Question)]


def format_tree(tree: Question | float) -> str:
    """Write a tree as `parse_trees` reads it."""
    if not isinstance(tree, Question):
        return f"{tree:.3f}"
    return f"({tree.feature} {tree.threshold:.6g} {format_tree(tree.yes)} {format_tree(tree.no)})"


def _parse(tokens: Iterator[str]) -> Question | float:
    if (token := next(tokens)) != "(":
        return float(token)
    question = Question(next(tokens), float(next(tokens)), _parse(tokens), _parse(tokens))
    next(tokens)
    return question


def _walk(node: Question | float, leaves: list[float]) -> Iterator[tuple[Question, int, int]]:
    """Each question, with the first leaf under its "yes" and the first under its "no"; adds all leaves to the list."""
    if not isinstance(node, Question):
        leaves.append(node)
        return
    first = len(leaves)
    yield from _walk(node.yes, leaves)
    yield node, first, len(leaves)
    yield from _walk(node.no, leaves)


@functools.lru_cache(maxsize=1 << 12)
def _mean(node: Question | float) -> float:
    leaves: list[float] = []
    for _ in _walk(node, leaves):
        pass
    return sum(leaves) / len(leaves)
