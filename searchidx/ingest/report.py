"""What a build did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did.

    Attributes:
        added, updated, unchanged, removed: numbers of articles.
        ignored: number of files and folders left aside: dotfiles, README*, LICENSE*, the folder of the index.
        skipped: (place, reason) of everything that could not be read.
        withheld: (place, id) of the articles that were left out because they were deleted permanently.
        formats: (title, documents, articles) of each format that was read; unchanged files are not read. Comparison
            ignores it.
        kept: number of former texts that were kept as versions.
        rebuilt: the index had another format version and was built from scratch.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    ignored: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    rebuilt: bool = False
    withheld: tuple[tuple[str, str], ...] = ()
    formats: tuple[tuple[str, int, int], ...] = field(default=(), compare=False)
    kept: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "kept": self.kept,
            "ignored": self.ignored,
            "rebuilt": self.rebuilt,
            "formats": [
                {"format": title, "documents": documents, "articles": articles}
                for title, documents, articles in self.formats
            ],
            "skipped": [{"place": place, "reason": reason} for place, reason in self.skipped],
            "withheld": [{"place": place, "id": id} for place, id in self.withheld],
        }
