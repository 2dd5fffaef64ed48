"""Damage an index in many ways, and ask it everything: a right answer, `CorruptIndexError`, or `check` names it.

python tests/engines/fuzz_damage.py --cases 10000 --seed 1
python tests/engines/fuzz_damage.py --every-byte
"""

from __future__ import annotations

import argparse
import collections
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from archive_calls import Answers, make_archive

import searchidx
from searchidx import CorruptIndexError, IndexNotFoundError, IndexVersionError, SearchidxError
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.embedded.segment_file import SegmentFile

ALLOWED = (CorruptIndexError, IndexNotFoundError, IndexVersionError)
Case = tuple[str, str, bytes]
"""The file, what is done to it, and its damaged bytes."""


def flipped(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def random_cases(files: dict[str, bytes], count: int, seed: int) -> Iterator[Case]:
    """Flipped bytes, cut files, swapped and zeroed ranges, one at a time."""
    rng = random.Random(seed)
    names = [name for name, data in files.items() if data]
    weights = [len(files[name]) ** 0.5 for name in names]
    for _ in range(count):
        (name,) = rng.choices(names, weights)
        data = files[name]
        at, size = rng.randrange(len(data)), rng.choice((1, 2, 4, 8, 64, 512))
        match rng.choice(("flip", "flip", "flip", "cut", "swap", "zero", "fill")):
            case "flip":
                mask = rng.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
                yield name, f"byte {at} ^ {mask}", flipped(data, at, mask)
            case "cut":
                yield name, f"cut to {at}", data[:at]
            case "swap":
                other = rng.randrange(len(data))
                low, high = sorted((at, other))
                end = min(high + size, len(data))
                size = min(end - high, high - low)
                swapped = data[:low] + data[high : high + size] + data[low + size : high] + data[low : low + size]
                yield name, f"{size} bytes at {low} and {high} swapped", swapped + data[high + size :]
            case "zero":
                end = min(at + size, len(data))
                yield name, f"bytes {at} to {end} zeroed", data[:at] + bytes(end - at) + data[end:]
            case _:
                end = min(at + size, len(data))
                yield name, f"bytes {at} to {end} set", data[:at] + b"\xff" * (end - at) + data[end:]


def every_byte(files: dict[str, bytes], seed: int) -> Iterator[Case]:
    """Each byte of each file, with one random bit or all bits flipped."""
    rng = random.Random(seed)
    for name, data in files.items():
        for at in range(len(data)):
            mask = rng.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
            yield name, f"byte {at} ^ {mask}", flipped(data, at, mask)


class DamageFuzz:
    """A healthy index, and the same one damaged."""

    def __init__(self, folder: Path, articles: int) -> None:
        self.healthy = folder / "healthy"
        self.damaged = folder / "damaged"
        make_archive(self.healthy, articles)
        shutil.copytree(self.healthy, self.damaged)
        self.files = {path.name: path.read_bytes() for path in sorted(self.healthy.iterdir())}
        healthy = Answers(self.healthy)
        assert not healthy.errors, healthy.errors
        assert not healthy.failures, healthy.failures
        self.answers = healthy.answers
        self.outcomes: collections.Counter[str] = collections.Counter()

    def find_array(self, array: str) -> tuple[str, int]:
        """The file of the first segment, and the offset of an array in it."""
        file = SegmentFile(self.healthy, read_manifest(self.healthy).segments[0])
        return file.name, file.offsets[array]

    def problems(self, case: Case) -> list[str]:
        """What is wrong with the answers of the damaged index; nothing if it is as promised."""
        name, damage, data = case
        if data == self.files[name]:
            return []
        path = self.damaged / name
        path.write_bytes(data)
        try:
            found = Answers(self.damaged)
            problems = [f"{name}, {damage}: {call}: {describe(error)}" for call, error in found.failures.items()]
            problems += [f"{name}, {damage}: {error!r}" for error in found.errors if not isinstance(error, ALLOWED)]
            differing = found.differs(self.answers)
            if differing and not list_damage(self.damaged):
                problems.append(f"{name}, {damage}: another answer to {differing[0]}, and check finds nothing")
            self.outcomes["corrupt" if found.errors else "named by check" if differing else "right"] += 1
            return problems
        finally:
            path.write_bytes(self.files[name])


def describe(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"


def list_damage(folder: Path) -> list[str]:
    try:
        return list(searchidx.check(folder))
    except SearchidxError as error:
        return [str(error)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--every-byte", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        fuzz = DamageFuzz(Path(folder), options.articles)
        size = sum(map(len, fuzz.files.values()))
        cases = (
            every_byte(fuzz.files, options.seed)
            if options.every_byte
            else random_cases(fuzz.files, options.cases, options.seed)
        )
        problems: list[str] = []
        count = 0
        for case in cases:
            count += 1
            for problem in fuzz.problems(case):
                problems.append(problem)
                if len(problems) <= 200:
                    print(problem, flush=True)
    seconds = time.monotonic() - started
    outcomes = ", ".join(f"{number:,} {name}" for name, number in fuzz.outcomes.most_common())
    print(f"{count:,} damages of an index of {size:,} bytes, {seconds:,.0f} s: {outcomes}; {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
