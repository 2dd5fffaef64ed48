"""Read mutated files of every format: no exception, no error that no reader foresees, and no file that takes long.

python -m tests.sources.fuzz_files --files 100000
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

from searchidx import Article
from searchidx.sources import UNEXPECTED_ERROR
from tests.sources.press_layouts import LAYOUTS
from tests.sources.press_samples import PIECES
from tests.sources.source_files import read_path

CORPORA = Path(__file__).resolve().parent.parent / "corpora"
MAX_SECONDS = 5.0
NUMBERS = (b"0", b"-1", b"99999999999999999999", b"1e999", b"9999-12-31", b"0000-00-00", b"NaN")


def sources() -> list[tuple[str, bytes]]:
    """The name and content of a file of each format, of each damaged one, and of each download of a press database."""
    paths = [path for name in ("formats", "broken") for path in sorted((CORPORA / name).iterdir())]
    files = [(path.name, path.read_bytes()) for path in paths if path.is_file()]
    return files + [(layout.name, layout.file(PIECES, layout.languages[0])) for layout in LAYOUTS]


def mutated(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """The bytes of a file, some flipped, cut off, removed, repeated, moved, zeroed, or replaced by those of another."""
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at = rng.randint(0, len(data))
        stop = min(at + rng.choice((1, 2, 8, 64, 512)), len(data))
        piece = data[at:stop]
        match rng.randrange(9):
            case 0 | 1 if at < len(data):
                data = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
            case 2:
                data = data[:at]
            case 3:
                data = data[:at] + data[stop:]
            case 4:
                data = data[:at] + piece * rng.choice((2, 3, 50)) + data[stop:]
            case 5:
                to = rng.randint(0, len(data))
                data = data[:to] + piece + data[to:]
            case 6:
                data = data[:at] + rng.choice((b"\0", b"\xff")) * len(piece) + data[stop:]
            case 7:
                data = data[:at] + rng.choice(NUMBERS) + data[stop:]
            case _:
                begin = rng.randint(0, len(other))
                data = data[:at] + other[begin : begin + rng.choice((4, 64, 1024))] + data[stop:]
    return data


def read_file(path: Path) -> tuple[str, str]:
    """The outcome of reading a file, and what is wrong with it, if anything."""
    started = time.process_time()
    try:
        items = read_path(path)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return "exception", f"{error!r} ({Path(where.filename).name}:{where.lineno})"
    seconds = time.process_time() - started
    skips = [each for each in items if not isinstance(each, Article)]
    outcome = "articles" if len(skips) < len(items) else "skips alone" if skips else "nothing"
    unforeseen = next((each for each in skips if UNEXPECTED_ERROR in each.reason), None)
    if unforeseen is not None:
        return outcome, f"{unforeseen.place}: {unforeseen.reason}"
    return outcome, f"{seconds:.1f} s" if seconds > MAX_SECONDS else ""


def iter_problems(count: int, seed: int, outcomes: collections.Counter[str]) -> Iterator[tuple[str, bytes, str]]:
    """Read so many mutated files: the name, the content and the fault of each that shows one; counts the outcomes."""
    rng = random.Random(seed)
    files = sources()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parsers, about what they read
        for number in range(count):
            name, data = files[number % len(files)]
            path = Path(folder) / name
            data = mutated(data, rng.choice(files)[1], rng)
            path.write_bytes(data)
            outcome, fault = read_file(path)
            outcomes[outcome] += 1
            if fault:
                yield f"{number}-{name}", data, fault
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="write the files that show a fault to this folder")
    options = parser.parse_args()
    outcomes: collections.Counter[str] = collections.Counter()
    faults = 0
    started = time.process_time()
    for name, data, fault in iter_problems(options.files, options.seed, outcomes):
        faults += 1
        print(f"{name}: {fault}", flush=True)
        if options.keep:
            options.keep.mkdir(exist_ok=True)
            (options.keep / name).write_bytes(data)
    seconds = time.process_time() - started
    counted = ", ".join(f"{count:,} {name}" for name, count in outcomes.most_common())
    print(f"{options.files:,} files in {seconds:,.0f} s: {counted}; {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
