"""The worked examples in the docstrings of the array modules are true."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from searchidx import Article
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.forward_index import ForwardIndexBuilder
from searchidx.engines.embedded.interner import Interner
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_buffer import SegmentBufferBuilder
from searchidx.engines.embedded.segment_merge import merge
from searchidx.engines.embedded.segment_writer import write_segment
from searchidx.engines.embedded.vectorized_tokenizer import ENDS_SENTENCE, split_chunks


def test_interner_example_is_true() -> None:
    text = b"bank of Bank bank"
    numbers, new = Interner().intern(text, np.array([0, 5, 8, 13]), np.array([4, 2, 4, 4]))
    assert (numbers.tolist(), new.tolist()) == ([2, 0, 1, 2], [1, 2, 3])


def test_vectorized_tokenizer_example_is_true() -> None:
    data = np.frombuffer(b"Japan's NATO-Japan!", np.uint8)
    split = split_chunks(data, np.array([0, 8]), np.array([7, 11]), "")
    words = [split.text[at : at + size] for at, size in zip(split.starts, split.sizes, strict=True)]
    assert words == [b"Japan", b"NATO", b"Japan"]
    assert split.starts.tolist() == [1, 9, 14]
    assert (split.first.tolist(), split.count.tolist(), split.flags.tolist()) == ([0, 1], [1, 2], [0, ENDS_SENTENCE])


def test_forward_index_example_is_true() -> None:
    index = ForwardIndexBuilder("").build(b"Banks rise\xffBanks rise. NATO-Japan!\xff")
    assert index.forms.tolist() == [1, 2, 0, 1, 2, 3, 4, 0]
    assert index.zone_ends.tolist() == [2, 7]
    assert (index.sentences.tolist(), index.paragraphs.tolist()) == ([0, 3, 5], [True, True, False])
    assert [form.decode().split("\0") for form in index.spellings[1:]] == [
        ["bank", "banks", "Banks"], ["rise", "rise", "rise"], ["nato", "nato", "NATO"], ["japan", "japan", "Japan"],
    ]  # fmt: skip


def segment_of(path: Path, *batches: list[str]) -> Segment:
    """A segment of batches of headlines."""
    builder = SegmentBufferBuilder()
    encoded = [DocumentBatch.encode([Article(text, text) for text in batch]) for batch in batches]
    texts = [builder.build_text(batch) for batch in encoded]
    return Segment(path.parent, write_segment(texts, map(builder.build_fields, encoded), path))


def test_segment_writer_example_is_true(tmp_path: Path) -> None:
    arrays = segment_of(tmp_path / "segment-000001.seg", ["Banks rise"], ["A bank"]).arrays
    assert arrays["forms"].tobytes() == b"AbankBanksrise"
    assert arrays["classes"].tobytes() == b"abankrise"
    assert arrays["stream"].tolist() == [0, 3, 4, 0, 0, 1, 2, 0, 0]
    assert arrays["text_docs"].tolist() == [1, 0, 1, 0]
    assert arrays["text_positions"].tolist() == [0, 0, 1, 1]
    assert arrays["text_posting_ends"].tolist() == [1, 3, 4]


def test_segment_merge_and_postings_merge_examples_are_true(tmp_path: Path) -> None:
    first = segment_of(tmp_path / "segment-000001.seg", ["Banks rise", "A bank"])
    second = segment_of(tmp_path / "segment-000002.seg", ["Rise"])
    live = np.array([True, False])
    arrays = Segment(tmp_path, merge([(first, live), (second, None)], tmp_path / "segment-000003.seg")).arrays
    assert arrays["forms"].tobytes() == b"BanksRiserise"
    assert arrays["stream"].tolist() == [0, 1, 3, 0, 0, 2, 0, 0]
    assert arrays["classes"].tobytes() == b"bankrise"
    assert arrays["text_docs"].tolist() == [0, 0, 1]
    assert arrays["text_posting_ends"].tolist() == [1, 3]
