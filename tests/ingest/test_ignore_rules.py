"""Patterns of files to leave out. git itself is the oracle."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from sources_case import SourcesCase

from searchidx.ingest.ignore_rules import is_left_out, parse_rules

PATHS = [
    "a.txt", "a.tmp", "b/a.tmp", "b/a.txt", "b/c/a.txt", "b/c/d/a.txt", "drafts/x.txt", "b/drafts/x.txt", "#x.txt",
    "!x.txt", "x y.txt", "x.txt ", "b/x1.txt", "b/x2.txt", "b/xa.txt", "2023/01/a.html", "2023/02/a.html", "keep.tmp",
    "é.txt", "[a].txt", "a]b.txt", "logs", "b/logs/y.txt",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")
@pytest.mark.parametrize(
    "patterns",
    [
        ["*.tmp"], ["*.tmp", "!keep.tmp"], ["/a.txt"], ["a.txt"], ["drafts/"], ["/drafts/"], ["b/*"], ["b/**"],
        ["**/a.txt"], ["b/**/a.txt"], ["**/drafts/**"], ["b/*/a.txt"], ["x?.txt"], ["b/x[0-9].txt"], ["b/x[!0-9].txt"],
        ["b/x[^0-9].txt"], ["#x.txt"], ["\\#x.txt"], ["!x.txt"], ["\\!x.txt"], ["x.txt  "], ["x.txt\\ "],
        ["# note", ""],
        ["2023/*/a.html"], ["2023/**", "!2023/02/"], ["*", "!*.txt"], ["*", "!*/", "!*.txt"], ["\\[a\\].txt"],
        ["logs/"], ["logs"], ["**"], ["/"], ["b/c/"], ["[]-a]b.txt"], ["a[]]b.txt"], ["é*"], ["[", "a.tmp"],
        ["b//a.tmp"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_patterns_mean_what_they_mean_to_git(patterns: list[str], tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for path in PATHS:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_dir():
            file.write_text("x")
    (tmp_path / ".gitignore").write_text("\n".join(patterns), "utf-8")
    listed = subprocess.run(
        ["git", "-C", tmp_path, "-c", "core.quotepath=off", "ls-files", "-z", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True, encoding="utf-8",
    ).stdout.split("\0")  # fmt: skip
    rules = parse_rules(patterns)

    def is_kept(path: str) -> bool:
        folders = path.split("/")[:-1]
        parents = ("/".join(folders[: depth + 1]) for depth in range(len(folders)))
        return not (any(is_left_out(rules, each, True) for each in parents) or is_left_out(rules, path, False))

    assert sorted(filter(is_kept, PATHS)) == sorted(path for path in PATHS if path in listed)


def test_matching_takes_linear_time() -> None:
    rules = parse_rules(["*a" * 400 + "b", "**/" * 300 + "b"])
    start = time.process_time()
    is_left_out(rules, "a/" * 2000 + "a" * 2000, False)
    assert time.process_time() - start < 2


def test_ignore_files_hold_for_their_folder(case: SourcesCase) -> None:
    for name in ("a.txt", "a.tmp", "in/b.tmp", "in/b.txt", "in/deep/c.txt", "in/keep.tmp"):
        case.put(name, f"Headline of {name}\nText.")
    case.put(".searchidxignore", "*.tmp\n")
    case.put("in/.searchidxignore", "!keep.tmp\n/b.txt\n")
    report = case.build()
    assert case.ids() == ["a.txt", "in/deep/c.txt", "in/keep.tmp"]
    assert report.ignored == 5  # three articles and the two ignore files
    case.put(".searchidxignore", "*.tmp\n/a.txt\n")
    assert case.build().removed == 1
