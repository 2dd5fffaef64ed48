"""Random query trees over every field, level and node class, and their notation as Python.

Words come from the articles to be searched, so most leaves match something.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence

from whoosh import query as q

from searchidx.analysis import analyze
from searchidx.article import Article
from searchidx.query import nodes
from searchidx.query.traversal import children
from searchidx.schema import (
    FIELDS,
    WHOLE_VALUE_FIELDS,
    FieldKind,
    Level,
    article_terms,
    facet_values,
    level_field,
    query_term,
    whole_value,
)

TEXT_FIELDS = tuple(field.name for field in FIELDS.values() if field.kind is FieldKind.TEXT)
NON_TEXT_FIELDS = tuple(field.name for field in FIELDS.values() if field.kind in (FieldKind.WORDS, FieldKind.VALUE))
ABSENT = ("zzz", "banquet", "", "ラ", "ZZ top")
BOOSTS = (1.0, 1.0, 1.0, 1.0, 2.0, 0.5, 3.7, 0.0)


class RandomQueries:
    """A generator of trees for some articles; equal seeds and articles give equal trees.

    More than 20 methods: one for each kind of node.
    """

    def __init__(self, articles: Sequence[Article]) -> None:
        self.rng = random.Random(0)
        self.streams: dict[Level, list[list[str]]] = {level: [] for level in Level}
        for article in articles:
            for zone in (article.headline, article.body):
                tokens = list(analyze(zone))
                for level in Level:
                    if tokens:
                        self.streams[level].append([query_term(token, level) for token in tokens])
        self.terms = {
            field: [found for article in articles if (found := list(article_terms(article, field)))]
            for field in NON_TEXT_FIELDS
        }
        self.values = [
            (field, whole_value(field, value))
            for article in articles
            for field in WHOLE_VALUE_FIELDS
            for value in facet_values(article, field)
        ]
        self.made: list[q.Query] = []

    def with_seed(self, seed: int) -> RandomQueries:
        """Restart with a seed; returns this generator."""
        self.rng = random.Random(seed)
        self.made = []
        return self

    def tree(self, depth: int) -> q.Query:
        """A tree of at most this depth; a leaf has depth 0."""
        rng = self.rng
        if depth == 0 or rng.random() < 0.25:
            return self.leaf()
        if self.made and rng.random() < 0.03:
            return rng.choice(self.made)  # one object used twice
        kind = rng.choices(
            ("and", "or", "not", "andnot", "andmaybe", "require", "dismax", "constant"), (6, 6, 2, 2, 2, 2, 3, 1)
        )[0]
        if kind in ("and", "or", "dismax"):
            count = rng.choice((1, 2, 2, 2, 3, 3, 5)) if rng.random() < 0.98 else 0
            parts = [self.tree(depth - 1) for _ in range(count)]
            if kind == "dismax":
                return q.DisjunctionMax(parts, boost=self.boost(), tiebreak=rng.choice((0.0, 0.0, 0.1, 0.5, 1.0)))
            return (q.And if kind == "and" else q.Or)(parts, boost=self.boost())
        one = self.tree(depth - 1)
        if kind == "not":
            return q.Not(one)
        if kind == "constant":
            found: q.Query = q.ConstantScoreQuery(one, rng.choice((0.0, 1.0, 2.5)))
        else:
            found = {"andnot": q.AndNot, "andmaybe": q.AndMaybe, "require": q.Require}[kind](one, self.tree(depth - 1))
        boost = self.boost()
        if boost != 1.0:
            found.boost = boost  # as the parser does for `(…)^2`
        return found

    def boost(self) -> float:
        return self.rng.choice(BOOSTS)

    def leaf(self) -> q.Query:
        rng = self.rng
        kind = rng.random()
        if kind < 0.17:
            made = self.node(2)
        elif kind < 0.67:
            made = self.text()
        elif kind < 0.70:
            field = rng.choice([name for name, each in FIELDS.items() if each.kind is FieldKind.WORDS])
            made = self.adjacent(field, self.terms[field])
        elif kind < 0.72:
            made = self.whole_value()
        elif kind < 0.78:
            made = self.other()
        elif kind < 0.88:
            made = self.dates()
        elif kind < 0.92:
            made = self.words()
        elif kind < 0.95:
            made = q.Every(self.any_field(), boost=self.boost())
        elif kind < 0.97:
            made = q.Term("precision", rng.choice(("year", "month", "day", "time", "hour")))
        elif kind < 0.98:
            made = q.Term(rng.choice(("nowhere", "date", "words")), "5")
        elif kind < 0.99:
            made = q.Every()
        else:
            return q.NullQuery
        self.made.append(made)
        return made

    def any_field(self) -> str | None:
        name = self.rng.choice([None, "nowhere", *FIELDS])
        return level_field(name, self.rng.choice(list(Level))) if name in TEXT_FIELDS else name

    def node(self, depth: int) -> q.Query:
        """A proximity, a minimum count or a phrase of patterns, with operands nested up to this depth."""
        rng = self.rng
        kind = rng.choice(("near", "near", "near", "not near", "at least", "adjacent"))
        if kind == "adjacent":
            level = rng.choice(list(Level))
            return self.adjacent(level_field(rng.choice(TEXT_FIELDS), level), self.streams[level])
        if kind == "at least":
            return nodes.AtLeast(self.operand(depth - 1), rng.choice((1, 1, 2, 2, 3, 5)), boost=self.boost())
        one, other = self.operand(depth - 1), self.operand(depth - 1)
        within = rng.choice((1, 1, 2, 3, 5, 10, 1000, "s", "s", "p"))
        make = nodes.Near if kind == "near" else nodes.NotNear
        return make(one, other, within, rng.random() < 0.5, boost=self.boost())

    def adjacent(self, field: str, streams: Sequence[Sequence[str]]) -> q.Query:
        """Adjacent words and patterns."""
        stream = self.rng.choice(streams or [["none"]])
        at = self.rng.randrange(len(stream))
        made = (self.word(field, word) for word in stream[at : at + self.rng.choice((1, 2, 2, 3))])
        return nodes.Adjacent(tuple(made), boost=self.boost())

    def word(self, field: str, word: str) -> q.Term | q.Prefix | q.Wildcard:
        """A leaf that matches single words."""
        kind = self.rng.random()
        if kind < 0.5:
            return q.Term(field, word)
        return q.Prefix(field, word[:1]) if kind < 0.7 else q.Wildcard(field, self.wildcard(word))

    def operand(self, depth: int) -> q.Query:
        """An operand of a proximity."""
        kind = self.rng.random()
        if depth > 0 and kind < 0.35:
            return self.node(depth)
        if kind < 0.5 and depth >= 0:
            return q.Or([self.operand(depth - 1) for _ in range(self.rng.randint(1, 3))], boost=self.boost())
        while True:
            made = self.text()
            if not (isinstance(made, q.Phrase) and len(made.words) > 1 and made.slop != 1):
                return made

    def text(self) -> q.Query:
        """A leaf on a field of the text."""
        level = self.rng.choice(list(Level))
        return self.over(level_field(self.rng.choice(TEXT_FIELDS), level), self.streams[level])

    def other(self) -> q.Query:
        """A leaf on another field of words or values."""
        field = self.rng.choice(NON_TEXT_FIELDS)
        return self.over(field, self.terms[field])

    def whole_value(self) -> q.Query:
        """A value of an article as a whole, or the beginning of one."""
        field, value = self.rng.choice(self.values or [("source", "none")])
        if self.rng.random() < 0.2:
            value = value.rpartition(" ")[0] or value[:1]
        return nodes.WholeValue(field, value, boost=self.boost())

    def over(self, field: str, streams: Sequence[Sequence[str]]) -> q.Query:
        rng = self.rng
        stream = rng.choice(streams) if streams else ["none"]
        if field == "precision":
            stream = [rng.choice(stream)]  # its levels have no order, so a phrase of them is undefined
        at = rng.randrange(len(stream))
        word = stream[at] if rng.random() < 0.95 else rng.choice(ABSENT)
        boost = self.boost()
        make: Callable[[], q.Query] = rng.choices(
            (
                lambda: q.Term(field, word, boost=boost),
                lambda: q.Phrase(field, self.phrase(stream, at), slop=rng.choice((1, 1, 2, 3, 4)), boost=boost),
                lambda: q.Prefix(field, word[: rng.randint(0, len(word))], boost=boost),
                lambda: q.Wildcard(field, self.wildcard(word), boost=boost),
                lambda: q.Regex(field, self.regex(word), boost=boost),
                lambda: self.fuzzy(field, self.misspelt(word), boost),
                lambda: self.term_range(field, word, rng.choice(stream), boost),
            ),
            (10, 9, 2, 2, 1, 2, 1),
        )[0]
        return make()

    def phrase(self, stream: Sequence[str], at: int) -> list[str]:
        """Adjacent words, some left out; rarely an absent word, a reversed order or a repetition."""
        rng = self.rng
        words = list(stream[at : at + rng.choice((1, 2, 2, 2, 3, 4, 6))])
        if len(words) > 2 and rng.random() < 0.4:
            del words[rng.randrange(1, len(words) - 1)]
        if rng.random() < 0.05:
            words.append(rng.choice(ABSENT[:2]))
        if rng.random() < 0.1:
            words.reverse()
        if rng.random() < 0.05:
            words = words[:1] * 2
        return words

    def wildcard(self, word: str) -> str:
        letters = list(word)
        for _ in range(self.rng.randint(1, 3)):
            at = self.rng.randrange(len(letters) + 1)
            letters[at : at + self.rng.randint(0, 2)] = self.rng.choice("*?")
        return "".join(letters)

    def regex(self, word: str) -> str:
        head = "".join(char if char.isalnum() else "." for char in word[:2])
        return self.rng.choice((f"{head}.*", f".*{head}", f"{head}.?", f"({head}|b).+", "[a-m].*s", r"\d+"))

    def misspelt(self, word: str) -> str:
        letters = list(word)
        for _ in range(self.rng.randint(0, 2)):
            at = self.rng.randrange(len(letters) + 1)
            letters[at : at + self.rng.randint(0, 1)] = self.rng.choice(("", "e", "s"))
        return "".join(letters)

    def fuzzy(self, field: str, word: str, boost: float) -> q.Query:
        most = self.rng.choice((1, 1, 2))
        return q.FuzzyTerm(field, word, boost, maxdist=most, prefixlength=self.rng.randint(0, 2))

    def term_range(self, field: str, one: str, other: str, boost: float) -> q.Query:
        ends: list[str | None] = [*sorted((one, other))]
        if self.rng.random() < 0.3:
            ends[self.rng.randrange(2)] = None
        if self.rng.random() < 0.05:
            ends.reverse()
        start, end = ends
        return q.TermRange(field, start, end, self.rng.random() < 0.5, self.rng.random() < 0.5, boost=boost)

    def words(self) -> q.Query:
        rng = self.rng
        start, end = rng.choice((None, 0, 1, 5, 20, 60, 300)), rng.choice((None, 1, 5, 20, 60, 300))
        excludes = rng.random() < 0.5, rng.random() < 0.5
        if end in (20, 60):
            return q.NumericRange("ocr", None if start is None else start / 100, end / 100, *excludes)
        return q.NumericRange("words", start, end, *excludes)

    def dates(self) -> q.Query:
        """A range of days, rarely an empty one."""
        rng = self.rng
        ends = [
            dt.datetime(
                rng.choice((2021, 2022, 2023, 2023, 2024)),
                rng.randint(1, 12),
                rng.choice((1, 2, 15, 28)),
                rng.choice((0, 0, 0, 13)),
            )
            for _ in range(2)
        ]
        start, end = sorted(ends) if rng.random() < 0.95 else ends
        return q.DateRange(
            "date" if rng.random() < 0.98 else "words",
            start if rng.random() < 0.8 else None,
            end if rng.random() < 0.8 else None,
            startexcl=rng.random() < 0.3,
            endexcl=rng.random() < 0.3,
        )


def smallest_failing(tree: q.Query, fails: Callable[[q.Query], bool]) -> q.Query:
    """The smallest subtree that fails by itself, for a tree that fails."""
    while True:
        below = next((part for part in children(tree) or () if fails(part)), None)
        if below is None:
            return tree
        tree = below


def format_tree(tree: q.Query) -> str:
    """A tree in Python notation."""
    if tree is q.NullQuery:
        return "q.NullQuery"
    if isinstance(tree, (*nodes.NODES, nodes.WholeValue)):
        return repr(tree)
    name = f"q.{type(tree).__name__}"
    boost = float(getattr(tree, "boost", 1.0))  # Whoosh's binary nodes have none unless it is set
    tail = "" if boost == 1.0 else f", boost={boost}"
    if isinstance(tree, (q.And, q.Or, q.DisjunctionMax)):
        tie = f", tiebreak={tree.tiebreak}" if isinstance(tree, q.DisjunctionMax) else ""
        return f"{name}([{', '.join(map(format_tree, tree.subqueries))}]{tie}{tail})"
    if isinstance(tree, q.ConstantScoreQuery):
        return f"{name}({format_tree(tree.child)}, {tree.score}){tail}"
    if isinstance(tree, q.Every):
        return f"{name}({tree.fieldname!r})"
    if isinstance(tree, q.Phrase):
        return f"{name}({tree.fieldname!r}, {tree.words!r}, slop={tree.slop}{tail})"
    if isinstance(tree, (q.TermRange, q.NumericRange)):
        ends = (tree.startdate, tree.enddate) if isinstance(tree, q.DateRange) else (tree.start, tree.end)
        return f"{name}({tree.fieldname!r}, {ends[0]!r}, {ends[1]!r}, {tree.startexcl}, {tree.endexcl}{tail})"
    if isinstance(tree, q.FuzzyTerm):
        tail += f", maxdist={tree.maxdist}, prefixlength={tree.prefixlength}"
    if isinstance(tree, (q.Term, q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm)):
        return f"{name}({tree.fieldname!r}, {tree.text!r}{tail})"
    return f"{name}({', '.join(map(format_tree, children(tree) or ()))}){tail}"
