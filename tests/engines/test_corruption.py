"""A damaged or hostile index: an error that names the file, or a finding of `check`; never another answer in silence.

Every region of every file is damaged in turn. Hostile indexes, whose checksums are right, are in `hostile`.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile
import pytest
import recorded_answers
from recorded_answers import RecordedAnswers, verify_findings

from searchidx import Article, CorruptIndexError, IndexNotFoundError, IndexVersionError, SearchidxError
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.embedded.segment_file import SegmentFile
from searchidx.errors import IndexFolderError

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
TRAILER = struct.calcsize("<QQL4s")


class Whole:
    """A healthy index with its answers, and another one to swap files with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "whole"
        self.other = folder / "other"
        engine = recorded_answers.make_index(self.folder)
        recorded_answers.make_index(self.other, seed=2)
        self.queries = list(recorded_answers.sample_queries(engine.snapshot()))
        self.answers = self.ask(self.folder).answers
        self.files = sorted(path.name for path in self.folder.iterdir())
        self.manifest = json.loads((self.folder / "manifest.json").read_text())

    def ask(self, folder: Path) -> RecordedAnswers:
        return RecordedAnswers(folder, self.queries)

    def regions(self, name: str) -> Iterator[tuple[str, int, int]]:
        """The parts of a file: what each is, from where, up to where."""
        size = (self.folder / name).stat().st_size
        if not name.endswith(".seg"):
            yield "all", 0, size
            return
        about = next(each for each in self.manifest["segments"] if each["file"] == name)
        file = SegmentFile(self.folder, about)
        yield "magic", 0, 8
        end = 8
        arrays = sorted((offset, offset + len(file.arrays[key].tobytes()), key) for key, offset in file.offsets.items())
        for start, stop, key in arrays:
            if start > end:
                yield f"padding before {key}", end, start
            if stop > start:
                yield key, start, stop
            end = max(end, stop)
        yield "table of contents", end, size - TRAILER
        for start, stop, part in ((-24, -16, "where"), (-16, -8, "length"), (-8, -4, "checksum"), (-4, 0, "end")):
            yield f"trailer: {part}", size + start, size + stop


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    found = Whole(tmp_path_factory.mktemp("corruption"))
    kinds = [name.split("-")[0] for name in found.files]
    assert (kinds.count("segment"), kinds.count("deleted"), kinds.count("state")) == (3, 2, 1)
    assert verify_findings(found.folder) == []
    assert found.ask(found.folder).errors == []
    return found


@pytest.fixture
def copy(whole: Whole, tmp_path: Path) -> Callable[[], Path]:
    """A fresh copy of the healthy index."""

    def make() -> Path:
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        return shutil.copytree(whole.folder, tmp_path / "copy")

    return make


def prove(whole: Whole, folder: Path, name: str, what: str) -> None:
    """The damage to the file `name` is told, whoever comes across it."""
    try:
        asked, found = whole.ask(folder), verify_findings(folder)
    except Exception as error:
        error.add_note(what)
        raise
    allowed: tuple[type[IndexFolderError], ...] = (CorruptIndexError,)
    if name == "manifest.json":
        allowed += (IndexNotFoundError, IndexVersionError)
    for error in asked.errors:
        assert isinstance(error, allowed), what
        assert error.path == folder, what
    if name == "lock" or (name == "manifest.json" and same_json(folder / name, whole.manifest)):
        assert (asked.errors, asked.answers, found) == ([], whole.answers, []), what
        return
    assert found, f"{what}: check finds nothing"
    if name != "manifest.json":  # of which an error may say that there is no index, or another version
        assert any(name in finding for finding in found), f"{what}: {found}"
        assert [error for error in asked.errors if name not in str(error)] == [], what


def same_json(path: Path, expected: Any) -> bool:
    """Whether other white space is all that was done."""
    try:
        return bool(json.loads(path.read_bytes()) == expected)
    except (ValueError, OSError):
        return False


def flips(whole: Whole, rng: random.Random, each: int) -> Iterator[tuple[str, str, int]]:
    """A file, a region of it, and a byte: for every region the first, the last and some between."""
    for name in whole.files:
        if name == "lock":
            continue  # it is empty
        for region, start, stop in whole.regions(name):
            places = {start, stop - 1, *(rng.randrange(start, stop) for _ in range(each))}
            for at in sorted(places):
                yield name, region, at


def prove_flips(whole: Whole, copy: Callable[[], Path], seed: int, each: int, most: int) -> None:
    rng = random.Random(seed)
    cases = list(flips(whole, rng, each))
    if len(cases) > most:
        cases = rng.sample(cases, most)
    folder = copy()
    for name, region, at in cases:
        path = folder / name
        before = path.read_bytes()
        mask = rng.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
        path.write_bytes(before[:at] + bytes([before[at] ^ mask]) + before[at + 1 :])
        prove(whole, folder, name, f"seed {seed}: {name}, {region}: byte {at} ^ {mask}")
        path.write_bytes(before)


def test_flipped_bytes(whole: Whole, copy: Callable[[], Path]) -> None:
    prove_flips(whole, copy, seed=1, each=1, most=45)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2] if REDUCED else range(2, 8))
def test_many_flipped_bytes(whole: Whole, copy: Callable[[], Path], seed: int) -> None:
    prove_flips(whole, copy, seed, each=1 if REDUCED else 6, most=60 if REDUCED else 100_000)


def prove_cuts(whole: Whole, copy: Callable[[], Path], seed: int, most: int) -> None:
    rng = random.Random(seed)
    cases = []
    for name in whole.files:
        if name != "lock":
            size = (whole.folder / name).stat().st_size
            ends = {0, 1, size - 1, size // 2, *(stop for _, _, stop in whole.regions(name))} - {size}
            cases += [(name, end) for end in sorted(ends)]
            cases += [(name, size + 1), (name, size + 4096)]
    for name, end in rng.sample(cases, min(most, len(cases))):
        folder = copy()
        path = folder / name
        data = path.read_bytes()
        path.write_bytes((data + bytes(4096))[:end])
        prove(whole, folder, name, f"seed {seed}: {name}, {len(data)} bytes, cut to {end}")


def test_cut_and_lengthened_files(whole: Whole, copy: Callable[[], Path]) -> None:
    prove_cuts(whole, copy, seed=1, most=20)


@pytest.mark.long
def test_many_cut_and_lengthened_files(whole: Whole, copy: Callable[[], Path]) -> None:
    prove_cuts(whole, copy, seed=2, most=30 if REDUCED else 10_000)


def test_removed_files(whole: Whole, copy: Callable[[], Path]) -> None:
    for name in whole.files:
        folder = copy()
        (folder / name).unlink()
        prove(whole, folder, name, f"{name} removed")
        if name != "lock":
            (folder / name).mkdir()
            prove(whole, folder, name, f"{name} is a folder")


def test_files_in_each_other_s_place(whole: Whole, copy: Callable[[], Path]) -> None:
    for kind in ("segment", "deleted"):
        one, other = [name for name in whole.files if name.startswith(kind)][:2]
        folder = copy()
        (folder / one).rename(folder / "kept")
        (folder / other).rename(folder / one)
        (folder / "kept").rename(folder / other)
        found = verify_findings(folder)
        assert any(one in finding for finding in found), found
        with pytest.raises(CorruptIndexError):
            EmbeddedEngine.open(folder).snapshot()


def test_files_of_another_index(whole: Whole, copy: Callable[[], Path]) -> None:
    others = {path.suffix: path for path in sorted(whole.other.iterdir())}
    for name in whole.files:
        folder = copy()
        shutil.copyfile(others[Path(name).suffix], folder / name)
        if name == "manifest.json":  # all others are strangers then
            with pytest.raises(CorruptIndexError):
                EmbeddedEngine.open(folder).snapshot()
            assert verify_findings(folder)
        else:
            prove(whole, folder, name, f"{name} of another index")


def damage(folder: Path, array: str, which: int = 0) -> str:
    """Flip a byte in the middle of an array of a segment; the file's name."""
    file = SegmentFile(folder, read_manifest(folder).segments[which])
    at = file.offsets[array] + len(file.arrays[array].tobytes()) // 2
    path = folder / file.name
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    return file.name


ARRAYS = (
    "blocks",
    "headlines",
    "text_positions",
    "text_counts",
    "day_start",
    "ids",
    "stream",
    "meta_docs",
    "headline_docs",
)


@pytest.mark.parametrize("array", ARRAYS)
def test_a_merge_does_not_launder_damage(copy: Callable[[], Path], array: str) -> None:
    """What was damaged never comes out of a merge with fresh checksums; the index stays as it was."""
    folder = copy()
    name = damage(folder, array)
    manifest = (folder / "manifest.json").read_bytes()
    writer = EmbeddedEngine.open(folder).writer()
    writer.add(Article("new", "New"))
    with pytest.raises(CorruptIndexError, match=name):
        writer.optimize()
    assert not writer.is_open
    assert (folder / "manifest.json").read_bytes() == manifest
    EmbeddedEngine.open(folder).writer().cancel()


def test_a_writer_refuses_a_damaged_index(whole: Whole, copy: Callable[[], Path]) -> None:
    """What opening finds, a writer finds, and lets go of the lock."""
    for name in whole.files:
        if name in ("lock", "manifest.json") or name.startswith("state"):
            continue
        folder = copy()
        (folder / name).write_bytes(b"")
        for _ in range(2):
            with pytest.raises(CorruptIndexError, match=name):
                EmbeddedEngine.open(folder).writer()


# -- hostile indexes ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What became of each hostile index, each read in a process that notes every file it opens."""
    folder = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, hostile.__file__, str(folder)],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {each["case"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert set(found) == {"healthy", *hostile.CASES}, done.stderr
    return found


@pytest.mark.parametrize("case", hostile.CASES)
def test_hostile_indexes_raise_our_errors(outcomes: dict[str, dict[str, Any]], case: str) -> None:
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in errors_below(SearchidxError)}
    assert [error for error in outcomes[case]["errors"] if error[0] not in kinds] == []


@pytest.mark.parametrize("case", hostile.CASES)
def test_hostile_indexes_are_found_out(outcomes: dict[str, dict[str, Any]], case: str) -> None:
    assert outcomes[case]["errors"]


def test_hostile_indexes_do_no_harm(outcomes: dict[str, dict[str, Any]]) -> None:
    """Nothing outside of the folder is opened, nothing is unpickled, and it is quick."""
    harm = {case: (each["outside"], each["unpickled"], each["seconds"] > 10) for case, each in outcomes.items()}
    assert {case: each for case, each in harm.items() if each != ([], [], False)} == {}


def errors_below(kind: type[BaseException]) -> set[type[BaseException]]:
    return {kind}.union(*(errors_below(each) for each in kind.__subclasses__()))


def test_a_healthy_index_is_read_without_pickle(outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes["healthy"]["errors"] == []
    assert outcomes["healthy"]["unpickled"] == []
    assert outcomes["healthy"]["outside"] == []
    assert "manifest.json" in outcomes["healthy"]["inside"]
