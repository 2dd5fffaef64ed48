"""The fields of an index as a `whoosh.fields.Schema`, with the tokens of `searchidx.analysis`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import analysis as whoosh_analysis
from whoosh import fields as whoosh_fields

from searchidx import analysis
from searchidx.schema import FIELDS, FieldKind, Level, level_field, query_term
from searchidx.stemming import stem


class _LevelTokenizer(whoosh_analysis.Tokenizer):
    """A Whoosh tokenizer with the tokens of `searchidx.analysis` at one level."""

    def __init__(self, level: Level) -> None:
        self.level = level

    def __call__(
        self,
        value: str,
        positions: bool = False,
        chars: bool = False,
        keeporiginal: bool = False,
        removestops: bool = True,
        start_pos: int = 0,
        start_char: int = 0,
        mode: str = "",
        **_: Any,
    ) -> Iterator[Any]:
        found = analysis.analyze_query(value) if mode == "query" else analysis.analyze(value)
        token = whoosh_analysis.Token(positions, chars, removestops=removestops, mode=mode)
        for word in found:
            token.text = query_term(word, self.level) if mode == "query" or self.level is not Level.STEM else word.stem
            token.boost = 1.0
            token.stopped = False
            if keeporiginal:
                token.original = word.printed
            if positions:
                token.pos = start_pos + word.position
            if chars:
                token.startchar = start_char + word.start
                token.endchar = start_char + word.end
            yield token


class WordBytes(bytes):
    """A word of a query, in UTF-8: it stands for its terms in all languages. Terms of the lexicon are plain bytes."""


class _StemField(whoosh_fields.TEXT):
    """A field of terms, which queries ask for words."""

    def to_bytes(self, value: Any) -> bytes:
        encoded: bytes = super().to_bytes(value)  # type: ignore[misc]
        return encoded if isinstance(value, bytes) else WordBytes(encoded)

    def from_bytes(self, bs: bytes) -> str:
        """Decode a term; a word becomes its English stem, which Whoosh's highlighter compares with the text's."""
        text: str = super().from_bytes(bs)  # type: ignore[misc]
        return stem(text) if isinstance(bs, WordBytes) else text


def whoosh_schema() -> whoosh_fields.Schema:
    """Create the schema of every index: all fields, those of the text at each level."""
    schema = whoosh_fields.Schema()
    for field in FIELDS.values():
        if field.kind is FieldKind.TEXT:
            for level in Level:
                stored = level is Level.STEM and field.name in ("headline", "body")
                kind = _StemField if level is Level.STEM else whoosh_fields.TEXT
                schema.add(
                    level_field(field.name, level), kind(analyzer=_LevelTokenizer(level), phrase=True, stored=stored)
                )
        elif field.kind is FieldKind.WORDS:
            schema.add(field.name, whoosh_fields.TEXT(analyzer=_LevelTokenizer(Level.FOLDED), phrase=True, stored=True))
        elif field.kind is FieldKind.VALUE:
            schema.add(field.name, whoosh_fields.ID(stored=True, unique=field.name == "id"))
        elif field.kind is FieldKind.DATE:
            schema.add(field.name, whoosh_fields.DATETIME(stored=True))
        elif field.kind is FieldKind.NUMBER:
            numtype, bits = (int, 32) if field.steps == 1 else (float, 64)
            schema.add(field.name, whoosh_fields.NUMERIC(numtype=numtype, bits=bits, stored=True))
    return schema
