"""What reading a file gives, as a build and its worker processes exchange it.

A message of `worker_pool` holds some articles, with the skips before, between and after them::

    header   {"skips": [[number of the articles before it, place, reason, damaged, part_of], …]}
    blobs    digests, one a line; a byte for each article: is it a file; and the articles, as `encoded_article.pack`
             gives them
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from searchidx.article import Article
from searchidx.encoded_article import EncodedArticle, pack, unpack
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
    digests = "\n".join([each.digest for each in found]).encode()
    are_files = bytes([each.is_file for each in found])
    return Message({"skips": skips}, (digests, are_files, *pack([each.article for each in found])))


def decode_results(message: Message) -> Iterator[ReadResult]:
    """What `encode_results` encoded."""
    digests, are_files, *articles = message.blobs
    found = map(ReadArticle, unpack(articles), bytes(digests).decode().split("\n"), map(bool, bytes(are_files)))
    done = 0
    for before, place, reason, damaged, part_of in message.header["skips"]:
        yield from islice(found, before - done)
        done = before
        yield Skip(place, reason, damaged, part_of)
    yield from found
