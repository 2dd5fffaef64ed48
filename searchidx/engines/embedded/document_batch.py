"""A batch of articles as bytes: the input of a segment buffer, built in this process or in a worker.

The byte FF never occurs in UTF-8, so it ends each text and nothing needs escaping.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from searchidx.article import Article
from searchidx.encoded_article import COLUMNS, COLUMNS_SIZE, EncodedArticle
from searchidx.stemming import ENGLISH, analysis_language


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """Articles in order, as five byte strings.

    Attributes:
        ids: one line an article.
        texts: of each article the headline, FF, the body, FF.
        other_fields: the line of JSON of each article, as in `EncodedArticle`.
        columns: the `COLUMNS`, one after the other; int64.
        languages: the code of each article's analysis, one line an article; empty if all are English.
    """

    ids: bytes
    texts: bytes
    other_fields: bytes
    columns: bytes
    languages: bytes = b""

    @classmethod
    def encode(cls, articles: Iterable[Article]) -> DocumentBatch:
        """Encode articles."""
        return cls.join([EncodedArticle.encode(article) for article in articles])

    @classmethod
    def join(cls, articles: Sequence[EncodedArticle]) -> DocumentBatch:
        """Join encoded articles."""
        texts = [text for article in articles for text in (article.headline, article.body)]
        columns = np.frombuffer(b"".join([article.columns for article in articles]), "<i8").reshape(-1, len(COLUMNS))
        languages = [analysis_language(article.language) for article in articles]
        return cls(
            "\n".join([article.id for article in articles]).encode(), b"\xff".join([*texts, b""]),
            b"\n".join([article.other_fields for article in articles]), columns.T.tobytes(),
            "\n".join(languages).encode() if any(languages) else b"",
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.columns) // COLUMNS_SIZE

    @property
    def blobs(self) -> tuple[bytes, ...]:
        """The byte strings, as a worker gets them."""
        return self.ids, self.texts, self.other_fields, self.columns, self.languages

    def analysis_languages(self) -> list[str]:
        """The code of each article's analysis."""
        return self.languages.decode().split("\n") if self.languages else [ENGLISH] * len(self)

    def split_lines(self, lines: bytes) -> list[bytes]:
        """Split `ids` or `other_fields` into one line an article."""
        return lines.split(b"\n") if len(self) else []
