"""Train the model that tells the article's blocks of a page from others (`searchidx/extract/block_model.txt`).

    python benchmarks/train_block_model.py FOLDER… [--check]

A folder holds saved pages and `manifest.jsonl.gz` as `benchmarks/extraction.py` reads it. Pages with the true text
teach all their blocks: a block is the article's if the alignment of page and text uses it. Pages with snippets alone
teach the blocks that hold one, and the others weakly, by what trafilatura says. Every fifth of the sites is held out
in turn; the figures printed are those of held-out sites. Without --check the model is then trained on all and
written.

It needs LightGBM, which `pip install -e .[bench]` installs.
"""

from __future__ import annotations

import argparse
import collections
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lightgbm
import numpy as np
import trafilatura
from extraction import compare, read_manifest, read_page_file, summarize

from searchidx.extract import block_model
from searchidx.extract.block_features import CONTEXT, FEATURES, describe_blocks, describe_context
from searchidx.extract.block_model import DecisionTrees, Question, format_tree, parse_trees
from searchidx.extract.blocks import PageOutline, fold_letters, outline_page
from searchidx.extract.body import assemble_body, choose_lines, read_article_body
from searchidx.extract.page_headline import find_headline
from searchidx.extract.page_metadata import read_metadata
from searchidx.extract.page_parser import parse_page
from searchidx.sources.text_encoding import decode_page

FOLDS = 5
SNIPPETS_WEIGHT = 0.3
"""Weight of a block that no snippet decides."""
MAX_PAGE_WEIGHT = 400
SIZES = ((100, 12), (80, 10))
"""Trees and leaves of each of the two sets."""
NAMES = (FEATURES, (*FEATURES, *CONTEXT))
"""The features that each sees."""
PARAMETERS = {
    "objective": "binary", "learning_rate": 0.15, "min_data_in_leaf": 20, "feature_fraction": 0.5,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5, "max_bin": 63, "verbose": -1, "num_threads": 2,
    "seed": 1, "deterministic": True,
}  # fmt: skip
WORD = re.compile(r"\w+")


@dataclass
class Page:
    """A page with its features, labels and weights, and what the model says."""

    site: str
    folder: str
    truth: dict[str, Any]
    outline: PageOutline
    headline: str
    descriptions: list[str]
    article_body: str
    table: Any
    labels: Any
    weights: Any
    fold: int = 0
    first: Any = None
    second: Any = None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="do not write the model")
    options = parser.parse_args()
    pages = [page for folder in options.folders for page in read_pages(folder)]
    sites = sorted({page.site for page in pages})
    random.Random(0).shuffle(sites)
    folds = {site: number % FOLDS for number, site in enumerate(sites)}
    for page in pages:
        page.fold = folds[page.site]
    print(f"{len(pages)} pages, {sum(len(page.outline.blocks) for page in pages)} blocks, {len(sites)} sites")

    for fold in range(FOLDS):
        hold_out(pages, fold, "first", 0)
    for page in pages:
        describe_context(page.table, page.first, page.outline)
    for fold in range(FOLDS):
        hold_out(pages, fold, "second", 1)
    report(pages, "held-out sites")
    if options.check:
        return
    first, second = (train(pages, stage) for stage in (0, 1))
    path = Path(block_model.__file__).with_name("block_model.txt")
    header = "# Written by benchmarks/train_block_model.py: (feature threshold if-at-most else), see block_model.py"
    path.write_text("\n\n".join([header, *("\n".join(map(format_tree, trees)) for trees in (first, second))]) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def read_pages(folder: Path) -> list[Page]:
    """The pages of a folder with their features and labels."""
    pages = []
    for entry in read_manifest(folder):
        page = decode_page(read_page_file(folder / entry["html_path"]), None)
        tree = parse_page(page)
        if tree is None:
            continue
        outline = outline_page(tree)
        if not outline.blocks:
            continue
        metadata = read_metadata(tree)
        url = entry.get("url") or ""
        headline, _ = find_headline(tree, outline.main_blocks, metadata.titles, metadata.site_names, url)
        titles = [title.text for title in metadata.titles]
        article_body = read_article_body(metadata.article_body)
        table = describe_blocks(outline, headline, titles, metadata.descriptions, fold_letters(article_body))
        truth = entry["truth"]
        if not truth.get("body"):
            truth["read"] = trafilatura.extract(page, include_comments=False, favor_precision=True) or ""
        labels, weights = label_blocks([block.text for block in outline.blocks], truth)
        site = entry.get("publisher") or urlsplit(url).hostname or entry["id"]
        pages.append(
            Page(
                site, folder.name, truth, outline, headline, metadata.descriptions, article_body, table, labels, weights
            )
        )
    return pages


def label_blocks(texts: list[str], truth: dict[str, Any]) -> tuple[Any, Any]:
    """Whether each block is the article's, and how much it counts."""
    words = np.array([len(WORD.findall(text)) for text in texts], float)
    weights = np.sqrt(words + 1)
    if truth.get("body"):
        labels = np.array(align(texts, truth["body"]), float)
    else:
        labels = np.zeros(len(texts))
        teacher = truth.get("read")
        if teacher:
            labels = np.array(align(texts, teacher), float)
        factors = np.full(len(texts), SNIPPETS_WEIGHT if teacher else 0.0)
        for key, label in (("must_contain", 1), ("must_not_contain", 0)):
            snippets = [" ".join(snippet.split()) for snippet in truth.get(key, ())]
            for number, text in enumerate(texts):
                if any(snippet in text for snippet in snippets):
                    labels[number], factors[number] = label, 1
        weights = weights * factors
    total = weights.sum()
    return labels, weights / total * min(total, MAX_PAGE_WEIGHT) ** 0.5 if total else weights


def align(texts: list[str], truth: str) -> list[bool]:
    """Which blocks the best alignment with the true text uses: the heaviest chain of matches in both orders."""
    true_words = WORD.findall(truth.casefold())
    first_at, third_at = collections.defaultdict(list), collections.defaultdict(list)
    for at, word in enumerate(true_words):
        first_at[word].append(at)
        third_at[tuple(true_words[at : at + 3])].append(at)
    matches: list[tuple[int, int, int, float]] = []  # block, first and last word of the truth, weight
    for number, text in enumerate(texts):
        words = WORD.findall(text.casefold())
        if not words:
            continue
        if len(words) < 3:
            starts = [at for at in first_at[words[0]][:40] if true_words[at : at + len(words)] == words]
            matches += [(number, at, at + len(words), len(words) / 2) for at in starts]
            continue
        diagonals: collections.Counter[int] = collections.Counter()
        for at in range(len(words) - 2):
            for there in third_at[tuple(words[at : at + 3])][:30]:
                diagonals[(there - at) // 8] += 1
        for diagonal, votes in diagonals.most_common(3):
            share = (votes + diagonals.get(diagonal + 1, 0)) / (len(words) - 2)
            if share >= 0.5:
                start = max(0, diagonal * 8)
                matches.append((number, start, start + len(words), len(words) * min(1, share)))
    size = len(true_words) + 16
    best: list[tuple[float, int]] = [(0.0, -1)] * (size + 2)  # a Fenwick tree of maxima
    back: dict[int, int] = {}
    top = (0.0, -1)
    for _, group in _by_block(matches):
        found = []
        for at in group:
            _, start, end, weight = matches[at]
            reached = (0.0, -1)
            here = min(size, start + 5) + 1
            while here > 0:
                reached = max(reached, best[here], key=lambda each: each[0])
                here -= here & -here
            back[at] = reached[1]
            found.append((min(size, max(start + 1, end - 4)) + 1, (reached[0] + weight, at)))
        for here, value in found:
            top = max(top, value, key=lambda each: each[0])
            while here <= size + 1:
                best[here] = max(best[here], value, key=lambda each: each[0])
                here += here & -here
    used = [False] * len(texts)
    at = top[1]
    while at >= 0:
        used[matches[at][0]] = True
        at = back[at]
    return used


def _by_block(matches: list[tuple[int, int, int, float]]) -> Any:
    groups: dict[int, list[int]] = {}
    for at, match in enumerate(matches):
        groups.setdefault(match[0], []).append(at)
    return groups.items()


def train(pages: list[Page], stage: int) -> list[Question]:
    """Train the trees of a stage, rounded as they are written."""
    table = np.concatenate([page.table[: len(NAMES[stage])].T for page in pages])
    labels = np.concatenate([page.labels for page in pages])
    weights = np.concatenate([page.weights for page in pages])
    used = weights > 0
    rounds, leaves = SIZES[stage]
    data = lightgbm.Dataset(table[used], labels[used], weight=weights[used])
    model = lightgbm.train(PARAMETERS | {"num_leaves": leaves}, data, rounds)
    trees = [_convert(tree["tree_structure"], NAMES[stage]) for tree in model.dump_model()["tree_info"]]
    return parse_trees("\n".join(map(format_tree, trees)))


def _convert(node: dict[str, Any], names: tuple[str, ...]) -> Question | float:
    if "leaf_value" in node:
        return float(node["leaf_value"])
    yes, no = (_convert(node[side], names) for side in ("left_child", "right_child"))
    return Question(names[node["split_feature"]], float(node["threshold"]), yes, no)


def hold_out(pages: list[Page], fold: int, result: str, stage: int) -> None:
    """Score the pages of a fold by trees that have not seen its sites."""
    model = DecisionTrees(train([page for page in pages if page.fold != fold], stage), NAMES[stage])
    for page in pages:
        if page.fold == fold:
            setattr(page, result, model.score(page.table))


def report(pages: list[Page], title: str) -> None:
    """Print the quality of the bodies that the opinions give."""
    for folder in dict.fromkeys(page.folder for page in pages):
        results = []
        for page in pages:
            if page.folder == folder:
                lines = choose_lines(page.outline, page.second.tolist(), page.headline, page.descriptions)
                body = assemble_body(lines, [], page.article_body)
                results.append(compare({"body": "\n".join(body.lines)}, _body_truth(page.truth)))
        print(f"{title}, {folder}: {summarize(results)}")


def _body_truth(truth: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in truth.items() if key in ("body", "must_contain", "must_not_contain")}


if __name__ == "__main__":
    main()
