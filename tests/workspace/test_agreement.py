"""The coefficients, compared with the worked examples of those who defined them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from searchidx.errors import LabelError
from searchidx.workspace import Workspace
from searchidx.workspace.agreement import cohen_kappa, compute_agreement, krippendorff_alpha


def units(*coders: str) -> list[list[str]]:
    """The values of each unit, from a row for each coder; a point is a missing value."""
    return [[value for value in column if value != "."] for column in zip(*map(str.split, coders), strict=True)]


@pytest.mark.parametrize(
    ("coders", "alpha"),
    [
        # K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): sections A, B and C.
        (["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"], 0.095),
        (["a a b b d c c c e d d a", "b a b b b c c c e d d d"], 0.692),
        (
            [
                "1 2 3 3 2 1 4 1 2 . . .",
                "1 2 3 3 2 2 4 1 2 5 . 3",
                ". 3 3 3 2 3 4 2 2 5 1 .",
                "1 2 3 3 2 4 4 1 2 5 1 .",
            ],
            0.743,
        ),
    ],
)
def test_alpha_of_krippendorffs_examples(coders: Sequence[str], alpha: float) -> None:
    assert krippendorff_alpha(units(*coders)) == pytest.approx(alpha, abs=0.0005)


def test_kappa_of_cohens_example() -> None:
    """J. Cohen (1960), table 1: proportions of agreement 0.70 observed, 0.41 by chance."""
    table = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]
    pairs = [(str(row), str(column)) for row in range(3) for column in range(3) for _ in range(table[row][column])]
    assert cohen_kappa(pairs) == pytest.approx((0.70 - 0.41) / (1 - 0.41))


def test_coefficients_of_one_category_are_undefined() -> None:
    assert cohen_kappa([("yes", "yes")] * 5) is None
    assert cohen_kappa([]) is None
    assert krippendorff_alpha([["yes", "yes"]] * 5) is None
    assert krippendorff_alpha([["yes"], []]) is None


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    workspace.labels.add("relevant@meg", ["2", "9"])
    workspace.labels.add("relevant@owen", ["1", "2", "3", "6"])
    return workspace


def test_unlabelled_articles_of_the_sample_are_a_no(workspace: Workspace) -> None:
    found = compute_agreement(workspace.labels, ["relevant"], among=map(str, range(1, 11)))
    assert found.alpha == pytest.approx(0.095, abs=0.0005)
    assert (found.coders, found.articles) == (("meg", "owen"), 10)
    (pair,) = found.pairs
    assert pair.observed == 0.6
    assert dict(pair.table) == {("yes", "yes"): 1, ("yes", "no"): 1, ("no", "yes"): 3, ("no", "no"): 5}


def test_sample_is_what_a_coder_labelled_unless_it_is_given(workspace: Workspace) -> None:
    assert compute_agreement(workspace.labels, ["relevant"]).articles == 5
    workspace.labels.add("other@meg", ["4", "5"])
    workspace.labels.add("other@somebody", ["7"])
    assert compute_agreement(workspace.labels, ["RELEVANT"]).articles == 7


def test_several_labels_are_categories_and_missing_values_are_left_out(tmp_path: Path) -> None:
    labels = Workspace(tmp_path / "workspace").labels
    rows = {
        "a": "1 2 3 3 2 1 4 1 2 . . .",
        "b": "1 2 3 3 2 2 4 1 2 5 . 3",
        "c": ". 3 3 3 2 3 4 2 2 5 1 .",
        "d": "1 2 3 3 2 4 4 1 2 5 1 .",
    }
    for coder, row in rows.items():
        for unit, value in enumerate(row.split()):
            if value != ".":
                labels.add(f"c{value}@{coder}", [str(unit)])
    found = compute_agreement(labels, ["c1", "c2", "c3", "c4", "c5"])
    assert found.alpha == pytest.approx(0.743, abs=0.0005)
    assert found.articles == 11
    assert [pair.articles for pair in found.pairs] == [9, 8, 9, 9, 10, 10]
    assert len(compute_agreement(labels, ["c1", "c2"], ["a", "d"]).pairs) == 1


def test_one_coder_and_two_categories_of_one_article_are_errors(workspace: Workspace) -> None:
    with pytest.raises(LabelError, match="no coder has it"):
        compute_agreement(workspace.labels, ["unknown"])
    with pytest.raises(LabelError, match="only meg"):
        compute_agreement(workspace.labels, ["relevant"], ["meg"])
    workspace.labels.add("irrelevant@meg", ["2"])
    with pytest.raises(LabelError, match="two categories"):
        compute_agreement(workspace.labels, ["relevant", "irrelevant"])
