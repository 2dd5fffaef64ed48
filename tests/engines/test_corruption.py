"""Damaged and hostile indexes cause errors that name the file and findings of `check`, never silent wrong answers.

The tests damage every region of every file in turn. `hostile_indexes` makes indexes with wrong content and right
checksums.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile_indexes
import pytest
import recorded_answers
from recorded_answers import RecordedAnswers, verify_findings

from searchidx import Article, CorruptIndexError, IndexNotFoundError, IndexVersionError, SearchidxError
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.manifest import MANIFEST, MANIFEST_COPY, read_manifest
from searchidx.engines.embedded.segment_file import SegmentFile
from searchidx.errors import IndexFolderError

MANIFESTS = (MANIFEST, MANIFEST_COPY)
REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
TRAILER_BYTES = struct.calcsize("<QQL4s")


class HealthyIndex:
    """A healthy index with its answers, and a second index to swap files with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "healthy"
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
        """Yield the name, start and end of each region of a file."""
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
        yield "table of contents", end, size - TRAILER_BYTES
        for start, stop, part in ((-24, -16, "where"), (-16, -8, "length"), (-8, -4, "checksum"), (-4, 0, "end")):
            yield f"trailer: {part}", size + start, size + stop


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> HealthyIndex:
    index = HealthyIndex(tmp_path_factory.mktemp("corruption"))
    kinds = [name.split("-")[0] for name in index.files]
    assert (kinds.count("segment"), kinds.count("deleted"), kinds.count("state")) == (3, 2, 1)
    assert verify_findings(index.folder) == []
    assert index.ask(index.folder).errors == []
    return index


@pytest.fixture
def copy(healthy: HealthyIndex, tmp_path: Path) -> Callable[[], Path]:
    """A fresh copy of the healthy index."""

    def make() -> Path:
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        return shutil.copytree(healthy.folder, tmp_path / "copy")

    return make


def assert_reported(healthy: HealthyIndex, folder: Path, name: str, damage: str) -> None:
    """Assert that readers and `check` report the damage to the file `name`."""
    try:
        asked, found = healthy.ask(folder), verify_findings(folder)
    except Exception as error:
        error.add_note(damage)
        raise
    allowed: tuple[type[IndexFolderError], ...] = (CorruptIndexError,)
    if name == "manifest.json":
        allowed += (IndexNotFoundError, IndexVersionError)
    for error in asked.errors:
        assert isinstance(error, allowed), damage
        assert error.path == folder, damage
    if name == "lock" or (name in MANIFESTS and same_json(folder / name, healthy.manifest)):
        assert (asked.errors, asked.answers, found) == ([], healthy.answers, []), damage
        return
    assert found, f"{damage}: check finds nothing"
    if name != "manifest.json":  # a damaged manifest may look like no index or another version
        assert any(name in finding for finding in found), f"{damage}: {found}"
        assert [error for error in asked.errors if name not in str(error)] == [], damage


def same_json(path: Path, expected: Any) -> bool:
    """Whether a file holds the expected JSON; whitespace may differ."""
    try:
        return bool(json.loads(path.read_bytes()) == expected)
    except (ValueError, OSError):
        return False


def iter_flips(healthy: HealthyIndex, rng: random.Random, each: int) -> Iterator[tuple[str, str, int]]:
    """Yield file, region and offset: the first, the last and up to `each` random bytes of every region."""
    for name in healthy.files:
        if name == "lock":
            continue  # an empty file
        for region, start, stop in healthy.regions(name):
            offsets = {start, stop - 1, *(rng.randrange(start, stop) for _ in range(each))}
            for at in sorted(offsets):
                yield name, region, at


def assert_flips_are_reported(
    healthy: HealthyIndex, copy: Callable[[], Path], seed: int, each: int, max_cases: int
) -> None:
    rng = random.Random(seed)
    cases = list(iter_flips(healthy, rng, each))
    if len(cases) > max_cases:
        cases = rng.sample(cases, max_cases)
    folder = copy()
    for name, region, at in cases:
        path = folder / name
        before = path.read_bytes()
        mask = rng.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
        path.write_bytes(before[:at] + bytes([before[at] ^ mask]) + before[at + 1 :])
        assert_reported(healthy, folder, name, f"seed {seed}: {name}, {region}: byte {at} ^ {mask}")
        path.write_bytes(before)


def test_flipped_byte_is_reported_by_readers_and_check(healthy: HealthyIndex, copy: Callable[[], Path]) -> None:
    assert_flips_are_reported(healthy, copy, seed=1, each=1, max_cases=45)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2] if REDUCED else range(2, 8))
def test_any_flipped_byte_is_reported_by_readers_and_check(
    healthy: HealthyIndex, copy: Callable[[], Path], seed: int
) -> None:
    assert_flips_are_reported(healthy, copy, seed, each=1 if REDUCED else 6, max_cases=60 if REDUCED else 100_000)


def assert_changed_lengths_are_reported(
    healthy: HealthyIndex, copy: Callable[[], Path], seed: int, max_cases: int
) -> None:
    rng = random.Random(seed)
    cases = []
    for name in healthy.files:
        if name != "lock":
            size = (healthy.folder / name).stat().st_size
            ends = {0, 1, size - 1, size // 2, *(stop for _, _, stop in healthy.regions(name))} - {size}
            cases += [(name, end) for end in sorted(ends)]
            cases += [(name, size + 1), (name, size + 4096)]
    for name, end in rng.sample(cases, min(max_cases, len(cases))):
        folder = copy()
        path = folder / name
        data = path.read_bytes()
        path.write_bytes((data + bytes(4096))[:end])
        assert_reported(healthy, folder, name, f"seed {seed}: {name}, {len(data)} bytes, cut to {end}")


def test_truncated_or_lengthened_file_is_reported(healthy: HealthyIndex, copy: Callable[[], Path]) -> None:
    assert_changed_lengths_are_reported(healthy, copy, seed=1, max_cases=20)


@pytest.mark.long
def test_any_truncated_or_lengthened_file_is_reported(healthy: HealthyIndex, copy: Callable[[], Path]) -> None:
    assert_changed_lengths_are_reported(healthy, copy, seed=2, max_cases=30 if REDUCED else 10_000)


@pytest.mark.parametrize(
    ("content", "damage"),
    [
        (b"{\xff}", "it is not UTF-8 text"),
        (b'{"format": "searchidx",\n', "it is not JSON: line 2, column 1"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b"{}", "'format' is missing"),
        (b"[]", "a value has the wrong type"),
        (b'{"format": "zip"}', "its format is 'zip'"),
    ],
)
def test_damage_of_the_manifest_is_told_in_plain_words(tmp_path: Path, content: bytes, damage: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    message = f"{path} is damaged ({damage}): restore it from a copy, or delete the folder and build it again"
    with pytest.raises(CorruptIndexError, match=f"^{re.escape(message)}$"):
        read_manifest(tmp_path)


def test_missing_file_or_folder_in_its_place_is_reported(healthy: HealthyIndex, copy: Callable[[], Path]) -> None:
    for name in healthy.files:
        if name == MANIFEST_COPY:
            continue  # an index of an earlier version has none
        folder = copy()
        (folder / name).unlink()
        assert_reported(healthy, folder, name, f"{name} removed")
        if name != "lock":
            (folder / name).mkdir()
            assert_reported(healthy, folder, name, f"{name} is a folder")


def test_swapped_files_are_reported(healthy: HealthyIndex, copy: Callable[[], Path]) -> None:
    for kind in ("segment", "deleted"):
        one, other = [name for name in healthy.files if name.startswith(kind)][:2]
        folder = copy()
        (folder / one).rename(folder / "kept")
        (folder / other).rename(folder / one)
        (folder / "kept").rename(folder / other)
        found = verify_findings(folder)
        assert any(one in finding for finding in found), found
        with pytest.raises(CorruptIndexError):
            EmbeddedEngine.open(folder).snapshot()


def test_file_of_another_index_is_reported(healthy: HealthyIndex, copy: Callable[[], Path]) -> None:
    others = {path.suffix: path for path in sorted(healthy.other.iterdir())}
    for name in healthy.files:
        folder = copy()
        shutil.copyfile(others[Path(name).suffix], folder / name)
        if name == "manifest.json":  # every other file then belongs to another index
            with pytest.raises(CorruptIndexError):
                EmbeddedEngine.open(folder).snapshot()
            assert verify_findings(folder)
        else:
            assert_reported(healthy, folder, name, f"{name} of another index")


def damage_array(folder: Path, array: str, which: int = 0) -> str:
    """Flip a byte in the middle of a segment's array; return the file's name."""
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
def test_merge_of_a_damaged_segment_fails_and_changes_nothing(copy: Callable[[], Path], array: str) -> None:
    """A merge must not give damaged data fresh checksums."""
    folder = copy()
    name = damage_array(folder, array)
    manifest = (folder / "manifest.json").read_bytes()
    writer = EmbeddedEngine.open(folder).writer()
    writer.add(Article("new", "New"))
    with pytest.raises(CorruptIndexError, match=name):
        writer.optimize()
    assert not writer.is_open
    assert (folder / "manifest.json").read_bytes() == manifest
    EmbeddedEngine.open(folder).writer().cancel()


def test_writer_refuses_a_damaged_index_and_frees_the_lock(healthy: HealthyIndex, copy: Callable[[], Path]) -> None:
    for name in healthy.files:
        if name in ("lock", *MANIFESTS) or name.startswith("state"):
            continue
        folder = copy()
        (folder / name).write_bytes(b"")
        for _ in range(2):
            with pytest.raises(CorruptIndexError, match=name):
                EmbeddedEngine.open(folder).writer()


# -- hostile indexes ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The output for each hostile index, read in a process that records every file it opens."""
    folder = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, hostile_indexes.__file__, str(folder)],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {each["case"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert set(found) == {"healthy", *hostile_indexes.CASES}, done.stderr
    return found


@pytest.mark.parametrize("case", hostile_indexes.CASES)
def test_hostile_index_raises_only_searchidx_errors(outcomes: dict[str, dict[str, Any]], case: str) -> None:
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in subclasses_of(SearchidxError)}
    assert [error for error in outcomes[case]["errors"] if error[0] not in kinds] == []


@pytest.mark.parametrize("case", hostile_indexes.CASES)
def test_hostile_index_is_reported(outcomes: dict[str, dict[str, Any]], case: str) -> None:
    assert outcomes[case]["errors"]


def test_hostile_index_opens_no_outside_file_and_unpickles_nothing(outcomes: dict[str, dict[str, Any]]) -> None:
    """Each case also takes at most 10 seconds."""
    harm = {case: (each["outside"], each["unpickled"], each["seconds"] > 10) for case, each in outcomes.items()}
    assert {case: each for case, each in harm.items() if each != ([], [], False)} == {}


def subclasses_of(kind: type[BaseException]) -> set[type[BaseException]]:
    return {kind}.union(*(subclasses_of(each) for each in kind.__subclasses__()))


def test_healthy_index_is_read_without_pickle(outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes["healthy"]["errors"] == []
    assert outcomes["healthy"]["unpickled"] == []
    assert outcomes["healthy"]["outside"] == []
    assert "manifest.json" in outcomes["healthy"]["inside"]
