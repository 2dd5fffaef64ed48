"""Saved pages that are versions of one article: several captures of one address, in one web archive or in many files.

Each saved page has an id of its own, by which the state of the sources knows it, its addresses, and when each of its
texts was saved. Pages that share an address are one article. Its id is that of the page that was saved first, its text
the one that was saved last, and what they said before are its former texts::

    a.warc/20230201043300/https://example.org/rates   Rates rise      id, version 1
    b.warc/20230203090000/https://example.org/rates   Rates rise      says the same: no version
    b.warc/20230204120000/https://example.org/rates   Rates fall      version 2, which searches find

So the answer depends on the pages that there are, not on the order in which builds read them. A text that is no version
is not stored: the state knows in what it differs from the one before it. `PageChanges` collects the pages that a build
adds, changes and removes, and writes each article that they touch once, at the end.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

import zstandard

from searchidx.article import Article
from searchidx.engines.contract import Snapshot, Writer
from searchidx.ingest.state import Capture, PageText, RootState, SourceState, article_digest, short_digest
from searchidx.versions import CAPTURED, SAVED, changed_fields, to_former_text, without_facts

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DEFAULT_PORTS = (None, 80, 443)


def page_addresses(article: Article) -> tuple[str, ...]:
    """The digests of the addresses by which a saved page is known; none for another article.

    They are the address at which a web archive captured it, and that which the page calls its own, if that is not a
    front page: careless templates name the front page on every page.
    """
    if article.id != article.path:
        return ()
    digits = re.sub(r"\D", "", article.provenance.get(CAPTURED, ""))
    captured_at = article.path.partition(f"/{digits}/")[2] if digits else ""
    own = "" if _is_front_page(article.url) else article.url
    return tuple(sorted({_address_digest(url) for url in (own, captured_at)} - {""}))


def _is_front_page(url: str) -> bool:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        return not (parts.path.strip("/") or parts.query)
    return False


def _address_digest(url: str) -> str:
    """A digest of an address; scheme, `www.`, fragment and a last slash do not distinguish addresses."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        path = parts.path.rstrip("/")
        if parts.scheme in ("http", "https") and parts.hostname:
            port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
            return short_digest(f"{parts.hostname.removeprefix('www.')}{port}{path}?{parts.query}".encode())
    return ""


class _TextSpool:
    """Articles in a temporary file without a name, by their digests: until a build ends, the index cannot give them."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._places: dict[str, tuple[int, int]] = {}

    def put(self, article: Article) -> str:
        """Keep an article; returns its digest."""
        digest = article_digest(article)
        if digest not in self._places:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="searchidx-")  # noqa: SIM115 - `close` closes it
            packed = zstandard.compress(_encode(article.to_dict()).encode(), 1)
            self._places[digest] = self._file.seek(0, 2), len(packed)
            self._file.write(packed)
        return digest

    def get(self, digest: str) -> Article | None:
        """The article with a digest, if it was put."""
        if self._file is None or digest not in self._places:
            return None
        start, size = self._places[digest]
        self._file.seek(start)
        return Article.from_dict(json.loads(zstandard.decompress(self._file.read(size))))

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()


class _OrderedText(NamedTuple):
    """A text of a page: when it was saved, the id of the page, its number among the texts of the page, and itself."""

    saved: str
    id: str
    number: int
    text: PageText


class PageGroups:
    """The saved pages of some files, grouped to articles by their addresses."""

    def __init__(self, files: Iterable[Mapping[str, Capture]]) -> None:
        self._captures: dict[str, Capture] = {}
        self._ids_at: dict[str, set[str]] = {}
        for captures in files:
            for id, capture in captures.items():
                self.put(id, capture)

    def __contains__(self, id: str) -> bool:
        return id in self._captures

    def __getitem__(self, id: str) -> Capture:
        """The page with an id of its own."""
        return self._captures[id]

    def put(self, id: str, capture: Capture) -> None:
        """Add a page."""
        self._captures[id] = capture
        for address in capture.addresses:
            self._ids_at.setdefault(address, set()).add(id)

    def pop(self, id: str) -> Capture | None:
        """Take out a page, if it is there."""
        capture = self._captures.pop(id, None)
        if capture is not None:
            for address in capture.addresses:
                self._ids_at[address].discard(id)
        return capture

    def ids_at(self, addresses: Iterable[str]) -> set[str]:
        """The pages with one of some addresses."""
        return set().union(*(self._ids_at.get(address, ()) for address in addresses))

    def group_of(self, id: str) -> set[str]:
        """The pages that share addresses with a page, directly or by way of others; itself included."""
        group, waiting = {id} & self._captures.keys(), [*({id} & self._captures.keys())]
        while waiting:
            others = self.ids_at(self._captures[waiting.pop()].addresses) - group
            group |= others
            waiting += others
        return group

    def first_of(self, group: Iterable[str]) -> str:
        """The page that was saved first: its id is that of the article."""
        return min(group, key=lambda id: (save_times(self._captures[id])[0], id))

    def texts_of(self, group: Iterable[str]) -> list[_OrderedText]:
        """The texts of some pages in the order in which they were saved."""
        return sorted(
            _OrderedText(saved, id, number, text)
            for id in group
            for number, (saved, text) in enumerate(zip(save_times(self[id]), self[id].texts, strict=True))
        )

    def article_ids(self) -> dict[str, str]:
        """The id of the article of each page."""
        found: dict[str, str] = {}
        for id in self._captures:
            if id not in found:
                group = self.group_of(id)
                found |= dict.fromkeys(group, self.first_of(group))
        return found


class PageChanges:
    """What one build changes of the saved pages of an index, and of the articles that they are.

    Attributes:
        added, updated, unchanged, removed: numbers of articles; known after `write`.
        kept: the number of former texts that articles gained.
    """

    def __init__(self, writer: Writer, state: SourceState, known: Snapshot | None, known_state: SourceState) -> None:
        """Take the pages of a state. `known` and `known_state` are the index before the build, and its state.

        That state is another one if the build overwrites the index.
        """
        self.added = self.updated = self.unchanged = self.removed = self.kept = 0
        self._writer = writer
        self._known = known
        self._is_overwritten = known_state is not state
        self._spool = _TextSpool()
        self._state = state
        self._files, self._known_files = state.captures(), known_state.captures()  # before any of them is replaced
        self._removed: dict[str, Capture] = {}  # another file may give them again
        self._touched: dict[str, None] = {}  # pages whose articles are to be written
        self._stale: dict[str, None] = {}  # articles that may be gone
        self._early: set[str] = set()  # pages that were added as articles already

    @cached_property
    def _pages(self) -> PageGroups:
        """The pages as they are now; grouped when the first of them changes, since few builds change any."""
        return PageGroups(self._files)

    @cached_property
    def _known_pages(self) -> PageGroups:
        """The pages as they were before the build."""
        return PageGroups(self._known_files)

    @cached_property
    def _known_ids(self) -> dict[str, str]:
        """The id of the article that each page was."""
        return self._known_pages.article_ids()

    def close(self) -> None:
        """Forget the texts of this build."""
        self._spool.close()

    def add(self, article: Article, saved: str, before: Capture | None, known_saved: str, is_same: bool) -> Capture:
        """Add what a page says now to what it said before; returns what the state is to keep.

        A page without others at its addresses is added at once, so that the index grows while files are read.

        Args:
            article: the page, under its own id.
            saved: when it was saved.
            before: what the state knew of it.
            known_saved: when its file had been saved as the index has it, if `before` is None.
            is_same: its file did not change, so if the article differs, it was read in another way.

        Raises:
            ArticleError: if the index cannot hold it.
        """
        self._writer.check(article)
        id = article.id
        digest = self._spool.put(article)
        before = before or self._removed.get(id)
        texts = self._known_texts(id, known_saved) if before is None else list(before.texts)
        is_new = not texts
        if is_same and texts:
            saved = article.provenance.get(CAPTURED) or texts[-1].saved
            texts = [
                *texts[:-1],
                texts[-1]._replace(saved=saved) if texts[-1].digest == digest else PageText(saved, digest),
            ]
        elif not texts or (texts[-1].saved, texts[-1].digest) != (saved, digest):
            texts.append(PageText(saved, digest))
        capture = Capture(page_addresses(article), texts)
        if before is not None and id in self._pages and self._pages[id] is before and capture == before:
            return before
        self.remove(id)
        self._pages.put(id, capture)
        self._touched[id] = None
        if (is_new or self._is_overwritten) and len(texts) == 1 and self._pages.ids_at(capture.addresses) <= {id}:
            self._writer.add(article)
            self._early.add(id)
        return capture

    def remove(self, id: str) -> None:
        """Take out a page that its file no longer gives."""
        if (capture := self._pages.pop(id)) is not None:
            self._removed[id] = capture
            self._touched |= dict.fromkeys(sorted(self._pages.ids_at(capture.addresses)))
        self._touched.pop(id, None)
        if id in self._early:
            self._early.discard(id)
            self._writer.delete(id)
        if (known_id := self._known_ids.get(id)) is not None:
            self._stale[known_id] = None

    def release(self, article: Article, saved: str, before: Capture) -> None:
        """Make a page an article by itself, whose former texts are those of its own file but the last."""
        self.remove(article.id)
        self._pages.put(article.id, Capture((), [*before.texts[:-1], PageText(saved, self._spool.put(article))]))
        self._touched[article.id] = None

    def write(self, built: Sequence[RootState]) -> None:
        """Write every article that the changes touch, with its former texts, and delete those that are gone.

        `built` are the roots that were built, by which unchanged articles are counted.
        """
        if "_pages" in self.__dict__ or any(root.page_articles is None for root in built):
            self._write_touched(built)
            firsts = set(self._pages.article_ids().values())
            for root in self._state.roots.values():
                root.page_articles = sum(id in firsts for file in root.files.values() for id in file.captures)
        else:
            self.unchanged += sum(root.page_articles or 0 for root in built)

    def _write_touched(self, built: Sequence[RootState]) -> None:
        done: set[str] = set()
        written: dict[str, bool] = {}  # by id, whether anything of the article changed
        predecessors: dict[str, set[str]] = {}  # by id, the ids that its pages had before
        for id in self._touched:
            if id not in done:
                group = self._pages.group_of(id)
                done |= group
                known_ids = {self._known_ids.get(each, each) for each in group}
                self._stale |= dict.fromkeys(sorted(known_ids))
                article_id, is_changed = self._write_article(group, known_ids)
                written[article_id], predecessors[article_id] = is_changed, known_ids
        for id in (*(self._early - set(written)), *(id for id in self._stale if id not in written)):
            self._writer.delete(id)
            self._delete_former_texts(id)
        self._count(written, predecessors)
        pages = (id for root in built for file in root.files.values() for id in file.captures)
        self.unchanged += sum(
            self._pages.first_of(self._pages.group_of(id)) == id for id in pages if id not in done and id in self._pages
        )

    def _count(self, written: Mapping[str, bool], predecessors: Mapping[str, set[str]]) -> None:
        """Count the articles: one whose id changed was updated."""
        known = None if self._is_overwritten else self._known
        gone = set() if known is None else {id for id in self._stale if known.find(id) is not None}
        renamed = sorted(set(written) - gone)
        gone, stayed = gone - set(written), gone & set(written)
        for id in renamed:
            if former := sorted(predecessors[id] & gone)[:1]:
                gone -= set(former)
                self.updated += 1
            else:
                self.added += 1
        changed = sum(written[id] for id in stayed)
        self.updated += changed
        self.unchanged += len(stayed) - changed
        self.removed += len(gone)

    def _write_article(self, group: set[str], known_ids: Iterable[str]) -> tuple[str, bool]:
        """Write the article of some pages; returns its id, and whether it differs from the one in the index."""
        ordered = self._pages.texts_of(group)
        first = ordered[0].id
        if first in self._early and len(ordered) == 1:
            self._delete_former_texts(first)
            return first, True
        stored = {id: list(self._stored(id)) for id in sorted(known_ids)}
        texts: dict[str, Article] = {}
        for id, known in stored.items():
            texts |= self._restore(id, known)
        versions: list[tuple[str, Article]] = []
        for saved, id, number, page in ordered:
            text = texts.get(page.digest) or self._spool.get(page.digest)
            if text is None:  # a program deleted it
                continue
            differences = None
            if versions and _is_same_text(versions[-1][1], text):
                differences = _differences(versions[-1][1], text)
            else:
                versions.append((saved, text))
            if page.differences != differences:
                self._replace_text(id, number, page._replace(differences=differences))
        if not versions:
            return first, False
        versions = [(saved, replace(text, id=first)) for saved, text in versions]
        last = versions[-1][1]
        former_texts = [
            to_former_text(text, next_text, saved, replaced)
            for (saved, text), (replaced, next_text) in itertools.pairwise(versions)
        ]
        self._early.discard(first)
        has_all = [text.to_dict() for text in stored.get(first, ())] == [
            text.to_dict() for text in (*former_texts, last)
        ]
        if has_all and not self._is_overwritten:
            return first, False
        self._writer.add(last)
        self._delete_former_texts(first)
        for text in former_texts:
            self._writer.keep(text)
        self.kept += max(len(former_texts) - sum(max(len(known) - 1, 0) for known in stored.values()), 0)
        return first, True

    def _delete_former_texts(self, id: str) -> None:
        if self._known is not None:
            self._writer.delete_former(id)

    def _stored(self, id: str) -> Iterator[Article]:
        """The former texts of an article as they are stored, oldest first, then what it says now."""
        if self._known is not None and (doc := self._known.find(id)) is not None:
            if (former := self._known.former()) is not None:
                yield from former.articles(former.find_all([id]))
            yield self._known.article(doc)

    def _restore(self, id: str, stored: Iterable[Article]) -> dict[str, Article]:
        """The texts of the pages of an article by their digests, those that are not stored included."""
        found = {article_digest(page): page for page in map(_as_page, stored)}
        last: Article | None = None
        for _, page_id, _, page in self._known_pages.texts_of(self._known_pages.group_of(id)):
            if page.differences is None:
                last = found.get(page.digest)
            elif last is not None:
                found[page.digest] = _with_differences(last, page_id, page)
        return found

    def _replace_text(self, id: str, number: int, text: PageText) -> None:
        """Change what the state knows of a text."""
        page = self._pages[id]
        changed = Capture(page.addresses, [*page.texts[:number], text, *page.texts[number + 1 :]])
        self._pages.pop(id)
        self._pages.put(id, changed)
        root, name = self._state.owners[id]
        captures = self._state.roots[root].files[name].captures
        if id in captures:
            captures[id] = changed

    def _known_texts(self, id: str, saved: str) -> list[PageText]:
        """The texts of an article of which the state does not know yet that it is a page."""
        if self._known_ids.get(id, id) != id:
            return []
        stored = list(self._stored(id))
        times = [*(text.provenance.get(SAVED, "") for text in stored[:-1]), saved]
        return [PageText(at, article_digest(_as_page(text))) for at, text in zip(times, stored, strict=False)]


def save_times(capture: Capture) -> list[str]:
    """When each text of a page was saved; none later than the one after it, whatever the clock of a file said."""
    times = [text.saved for text in capture.texts]
    for number in range(len(times) - 2, -1, -1):
        times[number] = min(times[number], times[number + 1])
    return times


def _as_page(stored: Article) -> Article:
    """A text of an article as the page that it is from."""
    page = without_facts(stored)
    return replace(page, id=page.path or page.id)


def _is_same_text(one: Article, other: Article) -> bool:
    """Whether two pages say the same; spellings of one address make no difference."""
    changed = changed_fields(one, other)
    return not changed or (changed == ("url",) and _address_digest(one.url) == _address_digest(other.url) != "")


def _differences(one: Article, other: Article) -> dict[str, Any]:
    """The values of the fields in which a page differs from another that says the same."""
    of_one, of_other = _comparable(one), _comparable(other)
    return {name: of_other.get(name) for name in {**of_one, **of_other} if of_one.get(name) != of_other.get(name)}


def _with_differences(one: Article, id: str, text: PageText) -> Article:
    """The page with an id, from another one that says the same."""
    values = {**one.to_dict(), **(text.differences or {}), "id": id, "path": id}
    if CAPTURED in values.get("provenance", {}):
        values["provenance"] = {**values["provenance"], CAPTURED: text.saved}
    return Article.from_dict({name: value for name, value in values.items() if value is not None})


def _comparable(page: Article) -> dict[str, Any]:
    """The fields of a page, without what the state knows of it."""
    values = page.to_dict()
    del values["id"], values["path"]
    if CAPTURED in values.get("provenance", {}):
        values["provenance"] = {**values["provenance"], CAPTURED: ""}
    return values
