"""Versions of an article: the text that its source has now, and the former texts that a build kept.

The version that searches find is an article of the index like any other. A *former text* is the article as it was, with
three more entries in its provenance: when its source was saved, when that of the next version was, and which fields the
next version changed. Each former text has the id of its article.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from searchidx.article import Article

COMPARED_FIELDS = ("headline", "body", "date", "byline", "dateline", "section", "source", "keywords", "url", "page",
                   "edition")  # fmt: skip
"""The fields in which two versions may differ; a change of any other field makes no version."""
SAVED, REPLACED, CHANGED = "saved", "replaced", "changed"
"""What a former text has in its provenance besides the places of its fields."""
CAPTURED = "captured"
"""When the page of an article was captured, in its provenance: in UTC as ISO 8601. Web archives state it."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article.

    Attributes:
        number: 1 for the first.
        article: what the article said.
        saved: when its source was saved, in UTC as ISO 8601; empty if that is not known.
        changed: the fields in which it differs from the version before; none for the first.
    """

    number: int
    article: Article
    saved: str = ""
    changed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the version as plain values; the article as `Article.to_dict` gives it."""
        return {
            "number": self.number,
            "saved": self.saved or None,
            "changed": list(self.changed),
            "article": self.article.to_dict(),
        }


VERSION = "version"
"""The number of a version, in the provenance of an article that is given as one of several versions."""


def as_version(version: Version) -> Article:
    """The article of a version, with its number and the time when it was saved in its provenance."""
    facts = {VERSION: str(version.number), SAVED: version.saved}
    return replace(version.article, provenance={**version.article.provenance, **facts})


def changed_fields(former: Article, latter: Article) -> tuple[str, ...]:
    """The fields in which two versions differ."""
    return tuple(name for name in COMPARED_FIELDS if getattr(former, name) != getattr(latter, name))


def to_former_text(article: Article, next_version: Article, saved: str, replaced: str) -> Article:
    """The former text of an article, given when it and its next version were saved (empty if unknown)."""
    facts = {SAVED: saved, REPLACED: replaced, CHANGED: " ".join(changed_fields(article, next_version))}
    return replace(article, provenance={**article.provenance, **facts})


def stored_changes(article: Article) -> list[str]:
    """The fields that the next version of a former text changed; empty for any other article."""
    return article.provenance.get(CHANGED, "").split()


def without_facts(former: Article) -> Article:
    """A former text as the article that it was."""
    facts = (SAVED, REPLACED, CHANGED)
    return replace(former, provenance={name: at for name, at in former.provenance.items() if name not in facts})


def versions_of(former: list[Article], article: Article) -> list[Version]:
    """The versions of an article, given its former texts, oldest first, and what it is now."""
    versions: list[Version] = []
    saved = ""
    changed: tuple[str, ...] = ()
    for number, text in enumerate(former, 1):
        versions.append(Version(number, without_facts(text), text.provenance.get(SAVED, "") or saved, changed))
        saved, changed = text.provenance.get(REPLACED, ""), tuple(stored_changes(text))
    return [*versions, Version(len(former) + 1, article, saved or article.provenance.get(CAPTURED, ""), changed)]
