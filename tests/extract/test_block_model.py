"""The model of blocks: trees are written and read, and the arrays answer as the trees do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from searchidx.extract import block_model
from searchidx.extract.block_features import CONTEXT, FEATURES
from searchidx.extract.block_model import DecisionTrees, Question, format_tree, parse_trees, score_blocks
from searchidx.extract.blocks import outline_page

NAMES = ("a", "b", "c")
numbers = st.integers(-20, 20).map(lambda value: value / 4)


def trees(depth: int) -> st.SearchStrategy[Question | float]:
    if not depth:
        return numbers
    below = trees(depth - 1)
    return st.one_of(numbers, st.builds(Question, st.sampled_from(NAMES), numbers, below, below))


questions = st.builds(Question, st.sampled_from(NAMES), numbers, trees(3), trees(3))


def answer(tree: Question | float, row: dict[str, float]) -> float:
    while isinstance(tree, Question):
        tree = tree.yes if row[tree.feature] <= tree.threshold else tree.no
    return tree


@given(
    st.lists(questions, min_size=1, max_size=5), st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=8)
)
def test_arrays_answer_as_the_trees_do(forest: list[Question], rows: list[tuple[float, float, float]]) -> None:
    model = DecisionTrees(forest, NAMES)
    table = np.array(rows, np.float32).T
    expected = [
        1 / (1 + math.exp(-sum(answer(tree, dict(zip(NAMES, row, strict=True))) for tree in forest))) for row in rows
    ]
    assert model.score(table).tolist() == pytest.approx(expected, rel=1e-4)


@given(questions)
def test_written_tree_is_read_as_it_was(tree: Question) -> None:
    assert parse_trees(format_tree(tree)) == [tree]


@given(st.lists(questions, min_size=1, max_size=5), st.tuples(numbers, numbers, numbers))
def test_explanation_adds_up_to_the_score(forest: list[Question], row: tuple[float, float, float]) -> None:
    model = DecisionTrees(forest, NAMES)
    moved = sum(model.explain(np.array(row, np.float32), NAMES).values())
    total = sum(answer(tree, dict(zip(NAMES, row, strict=True))) for tree in forest)
    start = sum(block_model._mean(tree) for tree in forest)
    assert start + moved == pytest.approx(total, abs=1e-6)


def test_shipped_model_asks_for_known_features() -> None:
    first, second = block_model._load_model()
    for model, names in ((first, FEATURES), (second, (*FEATURES, *CONTEXT))):
        assert {question.feature for tree in model.trees for question in _questions(tree)} <= set(names)
        assert len(set(names)) == len(names)


def _questions(node: Question | float) -> list[Question]:
    return [node, *_questions(node.yes), *_questions(node.no)] if isinstance(node, Question) else []


def test_table_has_a_row_for_each_feature() -> None:
    outline = outline_page(html.document_fromstring("<body><h1>Rain</h1><p>It rains.</p><ul><li>One</ul></body>"))
    scores = score_blocks(outline, "Rain", [], [], "")
    assert scores.table.shape == (len(FEATURES) + len(CONTEXT), 3)
    row = dict(zip((*FEATURES, *CONTEXT), scores.table[:, 1].tolist(), strict=True))
    assert (row["tag_p"], row["ends_sentence"], row["after_headline"], row["words"]) == (
        1,
        1,
        1,
        pytest.approx(math.log(3)),
    )


def test_page_without_text_has_no_scores() -> None:
    assert (
        len(score_blocks(outline_page(html.document_fromstring("<body><img></body>")), "", [], [], "").probabilities)
        == 0
    )
