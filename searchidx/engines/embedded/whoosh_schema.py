"""The fields of an index as a `whoosh.fields.Schema`, with the tokens of `searchidx.analysis`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import analysis as whoosh_analysis
from whoosh import fields as whoosh_fields

from searchidx import analysis
from searchidx.schema import FIELDS, FieldKind, Level, level_field, token_term


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
            token.text = token_term(word, self.level)
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


def whoosh_schema() -> whoosh_fields.Schema:
    """Create the schema of every index: all fields, those of the text at each level."""
    schema = whoosh_fields.Schema()
    for field in FIELDS.values():
        if field.kind is FieldKind.TEXT:
            for level in Level:
                stored = level is Level.STEM and field.name in ("headline", "body")
                schema.add(
                    level_field(field.name, level),
                    whoosh_fields.TEXT(analyzer=_LevelTokenizer(level), phrase=True, stored=stored),
                )
        elif field.kind is FieldKind.WORDS:
            schema.add(field.name, whoosh_fields.TEXT(analyzer=_LevelTokenizer(Level.FOLDED), phrase=True, stored=True))
        elif field.kind is FieldKind.VALUE:
            schema.add(field.name, whoosh_fields.ID(stored=True, unique=field.name == "id"))
        elif field.kind is FieldKind.DATE:
            schema.add(field.name, whoosh_fields.DATETIME(stored=True))
        else:
            numtype, bits = (int, 32) if field.steps == 1 else (float, 64)
            schema.add(field.name, whoosh_fields.NUMERIC(numtype=numtype, bits=bits, stored=True))
    return schema
