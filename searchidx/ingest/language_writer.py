"""A writer for programs that finds the language of each article, as a build does."""

from __future__ import annotations

from collections.abc import Mapping

from searchidx.article import Article
from searchidx.engines.contract import Writer
from searchidx.language_detection import add_default_language, add_detected_language


class LanguageWriter(Writer):
    """The writer of an engine; it gets articles with their language."""

    def __init__(self, writer: Writer, default: str) -> None:
        self._writer = writer
        self._default = default

    @property
    def is_open(self) -> bool:  # type: ignore[override]
        return self._writer.is_open

    def add(self, article: Article) -> None:
        self._writer.add(add_default_language(add_detected_language(article), self._default))

    def check(self, article: Article) -> None:
        self._writer.check(article)

    def delete(self, id: str) -> bool:
        self._writer.delete_former(id)
        return self._writer.delete(id)

    def keep(self, former: Article) -> None:
        self._writer.keep(former)

    def delete_former(self, id: str) -> bool:
        return self._writer.delete_former(id)

    def commit(self, user_data: bytes | None = None) -> None:
        self._writer.commit(user_data)

    def cancel(self) -> None:
        self._writer.cancel()

    def rejections(self) -> Mapping[str, str]:
        return self._writer.rejections()

    def optimize(self) -> None:
        self._writer.optimize()

    def purge(self) -> None:
        self._writer.purge()
