"""Indexes made to do harm: their checksums are right, what they hold is not.

    python hostile.py FOLDER

makes each of them below FOLDER, reads it, and prints a line of JSON: the errors, the files opened outside of the
folder, what was unpickled, and the seconds it took. Memory is bounded, so what asks for gigabytes fails.
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

MEMORY = 3 << 30
"""Bytes of address space: enough for everything that an honest index of this size takes."""

Case = Callable[[Path], None]


def rewritten(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, its checksum with it."""
    path = folder / "manifest.json"
    values = json.loads(path.read_text())
    values.pop("crc32")
    change(values)
    plain = json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
    path.write_text(json.dumps({**values, "crc32": zlib.crc32(plain)}))


def manifest(change: Callable[[dict[str, Any]], Any]) -> Case:
    return lambda folder: rewritten(folder, change)


def segment(**values: Any) -> Case:
    """Other values of what the manifest says of the first segment."""
    return manifest(lambda all_values: all_values["segments"][0].update(values))


def deleted(**values: Any) -> Case:
    return manifest(lambda all_values: all_values["segments"][0]["deleted"].update(values))


def raw(data: bytes) -> Case:
    return lambda folder: Path(folder / "manifest.json").write_bytes(data) and None  # type: ignore[func-returns-value]


def arrays(change: Callable[[dict[str, Any]], Any]) -> Case:
    """Other arrays in the first segment, with every checksum right."""

    def make(folder: Path) -> None:
        about = read_manifest(folder).segments[0]
        found = {name: np.array(values) for name, values in SegmentFile(folder, about).arrays.items()}
        change(found)
        (folder / about["file"]).unlink()
        file = SegmentFileWriter(folder / about["file"])
        for name, values in found.items():
            file.put(name, values, f"u{values.dtype.itemsize}")
        same = {key: about[key] for key in ("articles", "headline_words", "body_words")}
        rewritten(folder, lambda all_values: all_values["segments"][0].update(file.finish(**same)))

    return make


def filled(name: str, value: int) -> Case:
    return arrays(lambda found: found.update({name: np.full(len(found[name]), value, type_for(value))}))


def contents(change: Callable[[dict[str, Any]], Any]) -> Case:
    """Another table of contents in the first segment, its checksum right."""

    def make(folder: Path) -> None:
        about = read_manifest(folder).segments[0]
        path = folder / about["file"]
        data = path.read_bytes()
        at, length = (int.from_bytes(data[n : n + 8], "little") for n in (len(data) - 24, len(data) - 16))
        toc = json.loads(data[at : at + length])
        changed = change(toc)
        text = changed if isinstance(changed, bytes) else json.dumps(toc).encode()
        crc = zlib.crc32(text)
        trailer = at.to_bytes(8, "little") + len(text).to_bytes(8, "little") + crc.to_bytes(4, "little") + b"SIDX"
        path.write_bytes(data[:at] + text + trailer)
        size = path.stat().st_size
        rewritten(folder, lambda all_values: all_values["segments"][0].update(bytes=size, crc32=crc))

    return make


def entry(at: int, value: Any, name: str = "stream") -> Case:
    """Another value in what the table of contents says of an array: type, count, offset, checksum."""
    return contents(lambda toc: toc["arrays"][name].__setitem__(at, value))


def blocks(make_block: Callable[[], bytes]) -> Case:
    """Every block of articles another one."""

    def change(found: dict[str, Any]) -> None:
        block, count = make_block(), len(found["block_ends"])
        found["blocks"] = np.frombuffer(block * count, np.uint8)
        found["block_ends"] = np.arange(1, count + 1, dtype="u8") * len(block)

    return arrays(change)


def bomb(size: int, says: bool) -> bytes:
    """A few bytes that unpack to `size`; whether their header says so."""
    packer = zstandard.ZstdCompressor(level=1).compressobj(size=size if says else -1)
    piece = bytes(1 << 24)
    return b"".join(packer.compress(piece) for _ in range(size >> 24)) + packer.flush()


def liar() -> bytes:
    """A frame that claims a terabyte."""
    return b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + b"\x01\x00\x00"


DEEP = b"[" * 200_000

CASES: dict[str, Case] = {
    "a segment elsewhere": segment(file="../../etc/passwd"),
    "a segment at the root": segment(file="/etc/passwd"),
    "a segment of another name": segment(file="passwd"),
    "a segment below": segment(file="segment-000001.seg/../../x"),
    "a segment with a newline": segment(file="segment-000001.seg\n"),
    "a segment with a zero": segment(file="segment-000001.seg\0"),
    "a segment without a name": segment(file=None),
    "a deletion elsewhere": deleted(file="../../etc/passwd"),
    "a deletion at the root": deleted(file="/etc/passwd"),
    "a state at the root": manifest(lambda values: values["state"].update(file="/etc/passwd")),
    "a state that is a text": manifest(lambda values: values.update(state="/etc/passwd")),
    "a state without a name": manifest(lambda values: values.update(state={"bytes": 1})),
    "segments that are none": manifest(lambda values: values.update(segments=None)),
    "segments that are numbers": manifest(lambda values: values.update(segments=[1, 2])),
    "segments without values": manifest(lambda values: values.update(segments=[{}])),
    "segments of no deletions": manifest(lambda values: values["segments"][0].pop("deleted")),
    "no segments": manifest(lambda values: values.pop("segments")),
    "a generation that is a text": manifest(lambda values: values.update(generation="x")),
    "a next that is a text": manifest(lambda values: values.update(next="x")),
    "a next below zero": manifest(lambda values: values.update(next=-7)),
    "an infinite version": raw(b'{"format": "searchidx", "version": Infinity}'),
    "a version that is none": raw(b'{"format": "searchidx", "version": null}'),
    "a version that is a text": raw(b'{"format": "searchidx", "version": "one"}'),
    "a very long version": raw(b'{"format": "searchidx", "version": ' + b"9" * 10_000 + b"}"),
    "a manifest that is deep": raw(DEEP),
    "a manifest that is a list": raw(b"[]"),
    "a manifest that is no text": raw(b"\xff\xfe{}"),
    "a manifest that is empty": raw(b""),
    "many articles": segment(articles=1 << 62),
    "fewer than no articles": segment(articles=-1),
    "articles that are a text": segment(articles="x"),
    "articles that are none": segment(articles=None),
    "words that are a text": segment(headline_words="x"),
    "infinite words": segment(headline_words=1e999),
    "bytes that are a text": segment(bytes="x"),
    "a checksum that is a text": segment(crc32="x"),
    "an infinite checksum": segment(crc32=1e999),
    "no checksum": manifest(lambda values: values["segments"][0].pop("crc32")),
    "many deleted": deleted(articles=1 << 62),
    "fewer than none deleted": deleted(articles=-5),
    "deleted that is a text": segment(deleted="x"),
    "deleted bytes that are none": deleted(bytes=None),
    "a segment twice": manifest(lambda values: values["segments"].append(values["segments"][0])),
    "a table that is deep": contents(lambda toc: DEEP),
    "a table that is a list": contents(lambda toc: b"[]"),
    "a table of no arrays": contents(lambda toc: toc.update(arrays={})),
    "a table of lists": contents(lambda toc: toc.update(arrays=[1])),
    "an offset below zero": entry(2, -64),
    "an offset behind the end": entry(2, 1 << 40),
    "an offset that is no whole number": entry(2, 64.5),
    "an offset that is not aligned": entry(2, 65),
    "a count below zero": entry(1, -1),
    "a count beyond all": entry(1, 1 << 62),
    "a count that is no whole number": entry(1, 1.5),
    "a count that is a text": entry(1, "1"),
    "an unknown type": entry(0, "O"),
    "a type that is a list": entry(0, ["u1"]),
    "an array twice as wide": entry(0, "u8", "text_counts"),
    "a frame that lies": blocks(liar),
    "a bomb that says so": blocks(lambda: bomb(1 << 25, True)),
    "a bomb that does not": blocks(lambda: bomb(1 << 25, False)),
    "blocks of nothing": blocks(lambda: b""),
    "blocks of deep lists": blocks(lambda: zstandard.ZstdCompressor().compress(b"\xfe".join([b"\xff" + DEEP] * 16))),
    "blocks of other values": blocks(lambda: zstandard.ZstdCompressor().compress(b"\xfe".join([b"\xff[1]"] * 16))),
    "blocks of too many values": blocks(lambda: zstandard.ZstdCompressor().compress(b"\xfe".join([b"\xff[[]]"] * 16))),
    "wide counts beyond all": arrays(
        lambda found: found.update(
            text_counts=np.full(len(found["text_counts"]), 255, "u1"),
            text_wide=np.arange(len(found["text_counts"]), dtype="u4"),
            text_wide_headline=np.full(len(found["text_counts"]), 0xFFFFFFFF, "u4"),
            text_wide_body=np.full(len(found["text_counts"]), 0xFFFFFFFF, "u4"),
        )
    ),
    **{
        f"{name} of {value}": filled(name, value)
        for name in (
            "stream", "doc_starts", "headline_words", "body_words", "sentences", "form_ends",
            "folded_class", "folded_first", "text_docs", "text_counts", "text_positions", "text_posting_ends",
            "text_occurrence_ends", "headline_docs", "headline_posting_ends", "headline_counts",
            "meta_stream", "meta_docs", "meta_positions", "day_start", "time", "zone",
            "precision", "id_order", "id_hashes", "block_docs", "block_ends", "classes_lookup", "classes_lookup_ends",
            "folded_lookup",
        )
        for value in (0, (1 << 64) - 1)
        # Of these an article may truly be.
        if (name, value) not in {("text_counts", (1 << 64) - 1), ("zone", 0), ("precision", 0)}
    },
    **{
        f"without {name}": arrays(lambda found, name=name: found.pop(name))
        for name in ("stream", "classes", "classes_sizes", "classes_lookup", "form_ends", "folded_class", "id_hashes",
                     "meta_docs", "headline_docs", "text_wide", "precision", "shouting", "paragraphs", "block_ends")
    },
    **{
        f"half of {name}": arrays(lambda found, name=name: found.update({name: found[name][: len(found[name]) // 2]}))
        for name in ("stream", "doc_starts", "classes_sizes", "form_ends", "day_start", "text_counts", "text_docs",
                     "id_order", "paragraphs", "precision", "folded_stop", "block_docs", "classes_lookup")
    },
}  # fmt: skip


def read(folder: Path, queries: list[Any], errors: list[tuple[str, str]]) -> None:
    """Ask everything, note each error."""

    def attempt(what: Callable[[], Any]) -> Any:
        try:
            return what()
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

    whole = folder / "whole"
    queries = list(recorded_answers.sample_queries(recorded_answers.make_index(whole).snapshot(), random_trees=6))
    cases = {"healthy": lambda folder: None, **CASES}
    for name, make in cases.items():
        place = folder / f"case-{list(cases).index(name)}"
        shutil.copytree(whole, place)
        make(place)
    warnings.simplefilter("ignore")
    read(whole, queries, [])  # what is imported late is imported now
    opened: list[str] = []
    unpickled: list[str] = []

    def note(event: str, words: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(words[0], (str, bytes)):
            opened.append(words[0] if isinstance(words[0], str) else words[0].decode(errors="replace"))
        elif event == "pickle.find_class":
            unpickled.append(str(words))

    library = (sys.prefix, sys.base_prefix)  # codecs are imported when they are first needed
    sys.addaudithook(note)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for n, name in enumerate(cases):
        place = folder / f"case-{n}"
        opened.clear()
        unpickled.clear()
        errors: list[tuple[str, str]] = []
        begin = time.monotonic()
        read(place, queries, errors)
        inside = [path for path in opened if Path(path).resolve().parent == place.resolve()]
        print(
            json.dumps(
                {
                    "case": name,
                    "errors": sorted(set(errors)),
                    "inside": sorted({Path(path).name for path in inside}),
                    "outside": sorted({path for path in opened if not path.startswith(library)} - set(inside)),
                    "unpickled": unpickled,
                    "seconds": time.monotonic() - begin,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
