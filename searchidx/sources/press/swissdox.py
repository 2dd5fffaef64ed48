"""Swissdox downloads: a TSV with a column `content_id`, and the text as markup in `content`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import partial

from searchidx.article import Article
from searchidx.extract.markup import to_paragraphs
from searchidx.sources.article_fields import make_article
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.csv_table import DecodedLines
from searchidx.sources.skip import Skip, guard, skip_unreadable
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError

_COLUMNS = {"id", "pubtime", "head", "content"}
_MIDNIGHT = re.compile(r"[ T]00:00:00(?:\.0+)?(?:[+-]\d\d(?::?\d\d)?|Z)?$")
_AUTHOR = re.compile(r"<au\b[^>]*>(.*?)</au>", re.IGNORECASE | re.DOTALL)
_HEADS = re.compile(r"<(?:ti|tx|ld|zt|p|lg|nt)\b[^>]*>", re.IGNORECASE)


def recognises(head: bytes) -> bool:
    """Whether the first line names Swissdox's columns."""
    names = set(head.partition(b"\n")[0].decode(errors="replace").strip().lower().replace('"', "").split("\t"))
    return names >= _COLUMNS and bool({"medium_code", "medium_name"} & names)


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the rows, in order. The place of a row is its first line."""
    lines = DecodedLines(file)
    names = [name.strip('" \n\r').lower() for name in next(lines, "").split("\t")]
    if csv.field_size_limit() < MAX_FILE:
        csv.field_size_limit(MAX_FILE)
    rows = csv.reader(lines, delimiter="\t")
    while True:
        place = f"{file.name}:{lines.number + 1}"
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Skip(place, f"the line is not a row of a table: {error}")
            continue
        except (OSError, DamagedDataError, TooLargeError) as error:
            yield skip_unreadable(place, error)
            return
        if cells is None:
            return
        if len(cells) != len(names):
            if any(map(str.strip, cells)):
                yield Skip(place, f"the row has {len(cells)} cells, and there are {len(names)} columns", damaged=False)
            continue
        yield from guard(place, partial(_read_row, dict(zip(names, cells, strict=True)), file, place))


def _read_row(row: dict[str, str], file: SourceFile, place: str) -> list[Article | Skip]:
    id = row["id"].strip() or row.get("content_id", "").strip()
    content = row["content"]
    authors = [" ".join(to_paragraphs(name).split()) for name in _AUTHOR.findall(content)]
    text = to_paragraphs(_HEADS.sub("<p>", _AUTHOR.sub("", content)))
    lines = [line for line in [*to_paragraphs(row.get("subhead", "")).split("\n"), *text.split("\n")] if line]
    fields = {
        "headline": ("head", " ".join(to_paragraphs(row["head"]).split())),
        "body": ("content", "\n".join(dict.fromkeys(lines))),
        "date": ("pubtime", _MIDNIGHT.sub("", row["pubtime"].strip())),
        "byline": ("content", ", ".join(filter(None, authors))),
        "dateline": ("dateline", row.get("dateline", "")),
        "section": ("rubric", row.get("rubric", "")),
        "edition": ("regional", row.get("regional", "")),
        "source": ("medium_name", row.get("medium_name", "") or row.get("medium_code", "")),
        "language": ("language", row.get("language", "")),
    }
    return make_article(f"{place} ({id[:60]})", id or place, file.name, fields)
