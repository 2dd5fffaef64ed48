"""Hostile indexes: the checksums are right, the content is wrong.

    python hostile_indexes.py FOLDER

makes each case below FOLDER and reads it. It prints a line of JSON for each: the errors, the files opened inside and
outside of the index folder, the classes unpickled, and the seconds taken. Memory is limited, so a read that allocates
gigabytes fails.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import recorded_answers
import zstandard
from whoosh import query as q

from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.embedded.segment_file import SegmentFile, SegmentFileWriter, type_for

MAX_MEMORY = 3 << 30
"""Address space of the process, in bytes; a healthy index of this size needs less."""

Case = Callable[[Path], None]


def rewrite_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest and update its checksum."""
    path = folder / "manifest.json"
    values = json.loads(path.read_text())
    values.pop("crc32")
    change(values)
    encoded = json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
    path.write_text(json.dumps({**values, "crc32": zlib.crc32(encoded)}))


def with_manifest(change: Callable[[dict[str, Any]], Any]) -> Case:
    """Change the manifest."""
    return lambda folder: rewrite_manifest(folder, change)


def with_segment(**values: Any) -> Case:
    """Change the manifest's entry of the first segment."""
    return with_manifest(lambda all_values: all_values["segments"][0].update(values))


def with_deletions(**values: Any) -> Case:
    """Change the manifest's entry of the first segment's deletions."""
    return with_manifest(lambda all_values: all_values["segments"][0]["deleted"].update(values))


def with_manifest_bytes(data: bytes) -> Case:
    """Replace the manifest file's bytes."""
    return lambda folder: Path(folder / "manifest.json").write_bytes(data) and None  # type: ignore[func-returns-value]


def with_arrays(change: Callable[[dict[str, Any]], Any]) -> Case:
    """Change the arrays of the first segment and update every checksum."""

    def make(folder: Path) -> None:
        segment_entry = read_manifest(folder).segments[0]
        arrays = {name: np.array(values) for name, values in SegmentFile(folder, segment_entry).arrays.items()}
        change(arrays)
        (folder / segment_entry["file"]).unlink()
        file = SegmentFileWriter(folder / segment_entry["file"])
        for name, values in arrays.items():
            file.put(name, values, f"u{values.dtype.itemsize}")
        same = {key: segment_entry[key] for key in ("articles", "headline_words", "body_words")}
        rewrite_manifest(folder, lambda all_values: all_values["segments"][0].update(file.finish(**same)))

    return make


def with_filled_array(name: str, value: int) -> Case:
    """Set every item of an array to one value."""
    return with_arrays(lambda arrays: arrays.update({name: np.full(len(arrays[name]), value, type_for(value))}))


def with_half_array(name: str) -> Case:
    """Keep the first half of an array."""
    return with_arrays(lambda arrays: arrays.update({name: arrays[name][: len(arrays[name]) // 2]}))


def with_contents(change: Callable[[dict[str, Any]], Any]) -> Case:
    """Change the table of contents of the first segment and update its checksum."""

    def make(folder: Path) -> None:
        segment_entry = read_manifest(folder).segments[0]
        path = folder / segment_entry["file"]
        data = path.read_bytes()
        at, length = (int.from_bytes(data[n : n + 8], "little") for n in (len(data) - 24, len(data) - 16))
        toc = json.loads(data[at : at + length])
        changed = change(toc)
        text = changed if isinstance(changed, bytes) else json.dumps(toc).encode()
        crc = zlib.crc32(text)
        trailer = at.to_bytes(8, "little") + len(text).to_bytes(8, "little") + crc.to_bytes(4, "little") + b"SIDX"
        path.write_bytes(data[:at] + text + trailer)
        size = path.stat().st_size
        rewrite_manifest(folder, lambda all_values: all_values["segments"][0].update(bytes=size, crc32=crc))

    return make


def with_array_entry(at: int, value: Any, name: str = "stream") -> Case:
    """Change one value of an array's entry in the table of contents: type, count, offset or checksum."""
    return with_contents(lambda toc: toc["arrays"][name].__setitem__(at, value))


def with_blocks(make: Callable[[], bytes]) -> Case:
    """Replace every block of stored articles."""

    def change(arrays: dict[str, Any]) -> None:
        block, count = make(), len(arrays["block_ends"])
        arrays["blocks"] = np.frombuffer(block * count, np.uint8)
        arrays["block_ends"] = np.arange(1, count + 1, dtype="u8") * len(block)

    return with_arrays(change)


def make_block(values: bytes) -> bytes:
    """A block of 16 articles, each stored as `values`."""
    return zstandard.ZstdCompressor().compress(b"\xfe".join([b"\xff" + values] * 16))


def make_bomb(size: int, states_size: bool) -> bytes:
    """A small frame that unpacks to `size` bytes; its header may state that size."""
    packer = zstandard.ZstdCompressor(level=1).compressobj(size=size if states_size else -1)
    piece = bytes(1 << 24)
    return b"".join(packer.compress(piece) for _ in range(size >> 24)) + packer.flush()


def make_false_frame() -> bytes:
    """A frame whose header states 1 TiB and which holds nothing."""
    return b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + b"\x01\x00\x00"


DEEP = b"[" * 200_000
"""JSON nested deeper than a recursive parser can follow."""

CASES: dict[str, Case] = {
    "a segment outside of the folder": with_segment(file="../../etc/passwd"),
    "a segment with an absolute path": with_segment(file="/etc/passwd"),
    "a segment with another name": with_segment(file="passwd"),
    "a segment with slashes": with_segment(file="segment-000001.seg/../../x"),
    "a segment with a newline": with_segment(file="segment-000001.seg\n"),
    "a segment with a null character": with_segment(file="segment-000001.seg\0"),
    "a segment with a null name": with_segment(file=None),
    "deletions outside of the folder": with_deletions(file="../../etc/passwd"),
    "deletions with an absolute path": with_deletions(file="/etc/passwd"),
    "user data with an absolute path": with_manifest(lambda values: values["state"].update(file="/etc/passwd")),
    "user data as a string": with_manifest(lambda values: values.update(state="/etc/passwd")),
    "user data without a name": with_manifest(lambda values: values.update(state={"bytes": 1})),
    "segments as null": with_manifest(lambda values: values.update(segments=None)),
    "segments as numbers": with_manifest(lambda values: values.update(segments=[1, 2])),
    "segments as empty objects": with_manifest(lambda values: values.update(segments=[{}])),
    "a segment without deletions": with_manifest(lambda values: values["segments"][0].pop("deleted")),
    "a manifest without segments": with_manifest(lambda values: values.pop("segments")),
    "a generation as a string": with_manifest(lambda values: values.update(generation="x")),
    "a next number as a string": with_manifest(lambda values: values.update(next="x")),
    "a negative next number": with_manifest(lambda values: values.update(next=-7)),
    "an infinite version": with_manifest_bytes(b'{"format": "searchidx", "version": Infinity}'),
    "a version as null": with_manifest_bytes(b'{"format": "searchidx", "version": null}'),
    "a version as a string": with_manifest_bytes(b'{"format": "searchidx", "version": "one"}'),
    "a version of 10,000 digits": with_manifest_bytes(b'{"format": "searchidx", "version": ' + b"9" * 10_000 + b"}"),
    "a deeply nested manifest": with_manifest_bytes(DEEP),
    "a manifest as a list": with_manifest_bytes(b"[]"),
    "a manifest that is not UTF-8": with_manifest_bytes(b"\xff\xfe{}"),
    "an empty manifest": with_manifest_bytes(b""),
    "too many articles": with_segment(articles=1 << 62),
    "a negative number of articles": with_segment(articles=-1),
    "a number of articles as a string": with_segment(articles="x"),
    "a number of articles as null": with_segment(articles=None),
    "a number of words as a string": with_segment(headline_words="x"),
    "an infinite number of words": with_segment(headline_words=1e999),
    "a size as a string": with_segment(bytes="x"),
    "a checksum as a string": with_segment(crc32="x"),
    "an infinite checksum": with_segment(crc32=1e999),
    "a segment without a checksum": with_manifest(lambda values: values["segments"][0].pop("crc32")),
    "too many deletions": with_deletions(articles=1 << 62),
    "a negative number of deletions": with_deletions(articles=-5),
    "deletions as a string": with_segment(deleted="x"),
    "a size of deletions as null": with_deletions(bytes=None),
    "a segment listed twice": with_manifest(lambda values: values["segments"].append(values["segments"][0])),
    "a deeply nested table of contents": with_contents(lambda toc: DEEP),
    "a table of contents as a list": with_contents(lambda toc: b"[]"),
    "a table of contents without arrays": with_contents(lambda toc: toc.update(arrays={})),
    "arrays as a list": with_contents(lambda toc: toc.update(arrays=[1])),
    "a negative offset": with_array_entry(2, -64),
    "an offset beyond the end": with_array_entry(2, 1 << 40),
    "a fractional offset": with_array_entry(2, 64.5),
    "an unaligned offset": with_array_entry(2, 65),
    "a negative count": with_array_entry(1, -1),
    "a huge count": with_array_entry(1, 1 << 62),
    "a fractional count": with_array_entry(1, 1.5),
    "a count as a string": with_array_entry(1, "1"),
    "an unknown type": with_array_entry(0, "O"),
    "a type as a list": with_array_entry(0, ["u1"]),
    "an array of another type": with_array_entry(0, "u8", "text_counts"),
    "a frame with a false size": with_blocks(make_false_frame),
    "a bomb that states its size": with_blocks(lambda: make_bomb(1 << 25, True)),
    "a bomb that hides its size": with_blocks(lambda: make_bomb(1 << 25, False)),
    "empty blocks": with_blocks(lambda: b""),
    "blocks of deep lists": with_blocks(lambda: make_block(DEEP)),
    "blocks of other values": with_blocks(lambda: make_block(b"[1]")),
    "blocks of too many values": with_blocks(lambda: make_block(b"[[]]")),
    "huge wide counts": with_arrays(
        lambda arrays: arrays.update(
            text_counts=np.full(len(arrays["text_counts"]), 255, "u1"),
            text_wide=np.arange(len(arrays["text_counts"]), dtype="u4"),
            text_wide_headline=np.full(len(arrays["text_counts"]), 0xFFFFFFFF, "u4"),
            text_wide_body=np.full(len(arrays["text_counts"]), 0xFFFFFFFF, "u4"),
        )
    ),
    **{
        f"{name} of {value}": with_filled_array(name, value)
        for name in (
            "stream", "doc_starts", "headline_words", "body_words", "sentences", "form_ends",
            "folded_class", "folded_first", "text_docs", "text_counts", "text_positions", "text_posting_ends",
            "text_occurrence_ends", "headline_docs", "headline_posting_ends", "headline_counts",
            "meta_stream", "meta_docs", "meta_positions", "day_start", "time", "zone",
            "precision", "id_order", "id_hashes", "block_docs", "block_ends", "classes_lookup", "classes_lookup_ends",
            "folded_lookup",
        )
        for value in (0, (1 << 64) - 1)
        # A healthy index may hold these values.
        if (name, value) not in {("text_counts", (1 << 64) - 1), ("zone", 0), ("precision", 0)}
    },
    **{
        f"without {name}": with_arrays(lambda arrays, name=name: arrays.pop(name))
        for name in ("stream", "classes", "classes_sizes", "classes_lookup", "form_ends", "folded_class", "id_hashes",
                     "meta_docs", "headline_docs", "text_wide", "precision", "shouting", "paragraphs", "block_ends")
    },
    **{
        f"half of {name}": with_half_array(name)
        for name in ("stream", "doc_starts", "classes_sizes", "form_ends", "day_start", "text_counts", "text_docs",
                     "id_order", "paragraphs", "precision", "folded_stop", "block_docs", "classes_lookup")
    },
}  # fmt: skip


def read_index(folder: Path, queries: list[Any], errors: list[tuple[str, str]]) -> None:
    """Open, search, read and verify an index; collect each error's class and message."""

    def attempt(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            errors.append((f"{type(error).__module__}.{type(error).__name__}", str(error)[:200]))
            return None

    engine = attempt(lambda: EmbeddedEngine.open(folder))
    if engine is None:
        return
    snapshot = attempt(engine.snapshot)
    if snapshot is not None:
        attempt(snapshot.user_data)
        for query in queries:
            attempt(lambda query=query: snapshot.search(query))
        every = attempt(lambda: snapshot.search(q.Every(), limit=4))
        for doc in every.docs if every else ():
            for ask in (snapshot.article, snapshot.id, lambda doc: snapshot.headlines([doc]), snapshot.date):
                attempt(lambda doc=doc, ask=ask: ask(doc))
        attempt(lambda: snapshot.find("a1"))
    attempt(lambda: errors.extend(("searchidx.errors.CorruptIndexError", finding) for finding in engine.verify()))


def main(folder: Path) -> None:
    import resource

    healthy = folder / "whole"
    queries = list(recorded_answers.sample_queries(recorded_answers.make_index(healthy).snapshot(), random_trees=6))
    cases = {"healthy": lambda folder: None, **CASES}
    for name, make in cases.items():
        case_folder = folder / f"case-{list(cases).index(name)}"
        shutil.copytree(healthy, case_folder)
        make(case_folder)
    warnings.simplefilter("ignore")
    read_index(healthy, queries, [])  # so that late imports are done
    opened: list[str] = []
    unpickled: list[str] = []

    def record(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = arguments[0]
            opened.append(path if isinstance(path, str) else path.decode(errors="replace"))
        elif event == "pickle.find_class":
            unpickled.append(str(arguments))

    library = (sys.prefix, sys.base_prefix)  # Python imports codecs on first use
    sys.addaudithook(record)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    for n, name in enumerate(cases):
        case_folder = folder / f"case-{n}"
        opened.clear()
        unpickled.clear()
        errors: list[tuple[str, str]] = []
        started = time.monotonic()
        read_index(case_folder, queries, errors)
        inside = [path for path in opened if Path(path).resolve().parent == case_folder.resolve()]
        print(
            json.dumps(
                {
                    "case": name,
                    "errors": sorted(set(errors)),
                    "inside": sorted({Path(path).name for path in inside}),
                    "outside": sorted({path for path in opened if not path.startswith(library)} - set(inside)),
                    "unpickled": unpickled,
                    "seconds": time.monotonic() - started,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
