"""How well coders agree: Cohen's kappa and Krippendorff's alpha for nominal categories.

Coders label the same articles as `relevant@anna` and `relevant@ben`. With one label, an article is a yes or a no. With
several, they are the categories, and an article without any of them is missing from that coder.

Formulas: J. Cohen, "A coefficient of agreement for nominal scales" (1960); K. Krippendorff, "Computing Krippendorff's
Alpha-Reliability" (2011).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from searchidx.errors import LabelError
from searchidx.workspace.labels import Labels

YES, NO = "yes", "no"


class PairAgreement(NamedTuple):
    """The agreement of two coders over the articles that both coded.

    Attributes:
        coders: their names.
        articles: how many articles both coded.
        observed: the share of them that have the same category.
        kappa: Cohen's kappa; None if it is undefined, because both always use one category.
        table: by (category of the first, category of the second) the number of articles.
    """

    coders: tuple[str, str]
    articles: int
    observed: float
    kappa: float | None
    table: Mapping[tuple[str, str], int]


class Agreement(NamedTuple):
    """The agreement of all coders.

    Attributes:
        categories: the categories.
        coders: the names of the coders.
        articles: how many articles at least two of them coded.
        alpha: Krippendorff's alpha over all coders; None if it is undefined, because only one category occurs.
        pairs: the agreement of each two coders.
    """

    categories: tuple[str, ...]
    coders: tuple[str, ...]
    articles: int
    alpha: float | None
    pairs: tuple[PairAgreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the agreement as plain values."""
        return {
            "categories": list(self.categories),
            "coders": list(self.coders),
            "articles": self.articles,
            "alpha": self.alpha,
            "pairs": [
                {
                    "coders": list(pair.coders),
                    "articles": pair.articles,
                    "observed": pair.observed,
                    "kappa": pair.kappa,
                    "table": [
                        {"categories": list(key), "articles": count} for key, count in sorted(pair.table.items())
                    ],
                }
                for pair in self.pairs
            ],
        }


def compute_agreement(
    labels: Labels, names: Sequence[str], coders: Sequence[str] = (), among: Iterable[str] | None = None
) -> Agreement:
    """Compare how coders used labels.

    Args:
        labels: the labels of a workspace.
        names: the labels, without `@coder`. One: each article is a yes or a no. Several: they are categories.
        coders: the coders; by default all who have one of the labels.
        among: the ids of the articles of the sample. None: all that any of the coders gave any label.

    Raises:
        LabelError: for fewer than two coders, or an article with two categories by one coder.
    """
    names = list(dict.fromkeys(names))
    coders = list(dict.fromkeys(coders)) or sorted({coder for name in names for coder in labels.coders(name)})
    if len(coders) < 2:
        found = f"only {coders[0]} has it" if coders else "no coder has it"
        raise LabelError(names[0], f"agreement needs two coders, and {found}: label articles as {names[0]}@NAME")
    sample = None if among is None else set(among)
    codes = [_codes_of(labels, names, coder, sample) for coder in coders]
    if len(names) == 1:
        if sample is None:
            suffixes = tuple(f"@{coder}" for coder in coders)
            used = [label.name for label in labels.all() if label.name.endswith(suffixes)]
            sample = {id for name in used for id in labels.ids(name)}
        codes = [{id: each.get(id, NO) for id in sample} for each in codes]
    units = Counter(id for each in codes for id in each)
    return Agreement(
        tuple(names) if len(names) > 1 else (YES, NO),
        tuple(coders),
        sum(count > 1 for count in units.values()),
        krippendorff_alpha([each[id] for each in codes if id in each] for id in units),
        tuple(
            _compare((coders[one], coders[other]), codes[one], codes[other])
            for one, other in combinations(range(len(coders)), 2)
        ),
    )


def _codes_of(labels: Labels, names: Sequence[str], coder: str, sample: set[str] | None) -> dict[str, str]:
    """The category that a coder gave to each article."""
    codes: dict[str, str] = {}
    for name in names:
        for id in labels.ids(f"{name}@{coder}"):
            if sample is not None and id not in sample:
                continue
            if id in codes:
                raise LabelError(name, f"{coder} gave the article {id!r} two categories, {codes[id]} and {name}")
            codes[id] = name if len(names) > 1 else YES
    return codes


def _compare(coders: tuple[str, str], one: Mapping[str, str], other: Mapping[str, str]) -> PairAgreement:
    pairs = [(one[id], other[id]) for id in one if id in other]
    observed = sum(a == b for a, b in pairs) / len(pairs) if pairs else 0.0
    return PairAgreement(coders, len(pairs), observed, cohen_kappa(pairs), Counter(pairs))


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two coders: (observed - expected) / (1 - expected) agreement; None if undefined."""
    total = len(pairs)
    ones, others = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    agreed = sum(a == b for a, b in pairs)
    expected = sum(count * others[value] for value, count in ones.items())  # times total squared
    if not total or expected == total * total:
        return None
    return (agreed * total - expected) / (total * total - expected)


def krippendorff_alpha(units: Iterable[Sequence[str]]) -> float | None:
    """Krippendorff's alpha for nominal values: 1 - observed / expected disagreement; None if undefined.

    Each unit has the values that its coders gave. Units with fewer than two are left out.
    """
    values: Counter[str] = Counter()
    observed = 0.0
    for unit in units:
        if len(unit) < 2:
            continue
        counts = Counter(unit)
        values.update(counts)
        observed += sum(count * (len(unit) - count) for count in counts.values()) / (len(unit) - 1)
    total = sum(values.values())
    expected = sum(count * (total - count) for count in values.values())
    return 1 - observed * (total - 1) / expected if expected else None
