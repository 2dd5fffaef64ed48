"""What a build did, and what a salvage saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from searchidx.engines.contract import LostArticle


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


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What was saved of a damaged index.

    Attributes:
        saved: number of articles in the new index.
        lost: the articles that are lost, with id, headline and reason; id and headline are as they can still be read.
        unnamed: number of further lost articles, of which not even the ids are known.
        former: number of former versions in the new index.
        notes: what else is lost, one sentence each.
    """

    saved: int
    lost: tuple[LostArticle, ...] = ()
    unnamed: int = 0
    former: int = 0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "saved": self.saved,
            "former": self.former,
            "lost": [each._asdict() for each in self.lost],
            "unnamed": self.unnamed,
            "notes": list(self.notes),
        }
