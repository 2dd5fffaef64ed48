"""What reading a file gives, as a build and its worker processes exchange it.

A message of `worker_pool` holds some articles, with the skips before, between and after them::

    header   {"skips": [[number of the articles before it, place, reason, damaged, part_of], …]}
    blobs    ids, digests, texts, other fields, columns, languages, and a byte for each article: is it a file

Ids, digests, other fields and languages are one line an article; texts are the headline, FF, the body, FF of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from searchidx.article import Article
from searchidx.encoded_article import COLUMNS_SIZE, EncodedArticle
from searchidx.ingest.state import STDIN_PREFIX, article_digest
from searchidx.sources import Skip
from searchidx.worker_pool import Message


class ReadArticle(NamedTuple):
    """An article that was read from a file.

    Attributes:
        article: the article.
        digest: a digest of its fields; that of an article from standard input leaves out the path, which changes with
            whatever else is in that input.
        is_file: whether it is all that a file or a member of a container holds: then its id is its path.
    """

    article: EncodedArticle
    digest: str
    is_file: bool

    @classmethod
    def of(cls, article: Article) -> ReadArticle:
        """An article with its digest."""
        is_stdin = article.path.startswith(STDIN_PREFIX)
        digest = article_digest(replace(article, path="") if is_stdin else article)
        return cls(EncodedArticle.encode(article), digest, article.id == article.path)


ReadResult = ReadArticle | Skip


def encode_results(results: Sequence[ReadResult]) -> Message:
    """Encode what was read, in order."""
    found: list[ReadArticle] = []
    skips: list[tuple[int, str, str, bool, str]] = []
    for result in results:
        if isinstance(result, Skip):
            skips.append((len(found), result.place, result.reason, result.damaged, result.part_of))
        else:
            found.append(result)
    articles = [each.article for each in found]
    blobs = (
        "\n".join([each.id for each in articles]).encode(),
        "\n".join([each.digest for each in found]).encode(),
        b"\xff".join([text for each in articles for text in (each.headline, each.body)]),
        b"\n".join([each.other_fields for each in articles]),
        b"".join([each.columns for each in articles]),
        "\n".join([each.language for each in articles]).encode(),
        bytes([each.is_file for each in found]),
    )
    return Message({"skips": skips}, blobs)


def decode_results(message: Message) -> Iterator[ReadResult]:
    """What `encode_results` encoded."""
    ids, digests, texts, other_fields, columns, languages, are_files = map(bytes, message.blobs)
    zones = texts.split(b"\xff")
    articles = map(
        EncodedArticle, ids.decode().split("\n"), zones[0::2], zones[1::2], other_fields.split(b"\n"),
        [columns[at : at + COLUMNS_SIZE] for at in range(0, len(columns), COLUMNS_SIZE)],
        languages.decode().split("\n"),
    )  # fmt: skip
    found = map(ReadArticle, articles, digests.decode().split("\n"), map(bool, are_files))
    done = 0
    for before, place, reason, damaged, part_of in message.header["skips"]:
        yield from islice(found, before - done)
        done = before
        yield Skip(place, reason, damaged, part_of)
    yield from found
