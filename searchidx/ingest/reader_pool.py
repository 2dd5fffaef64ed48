"""Read many source files in order; worker processes read the costly ones ahead.

An HTML page takes a hundred times as long to read as a JSON record of the same length, so only costly formats go to
workers, and large files of JSON Lines, in parts. Containers are opened in this process and their members are given to
workers like any other file, so all workers share the pages of one web archive. Processes also isolate faults: a page
that crashes or hangs a parser is skipped alone.

Messages of `worker_pool`::

    task     {"format": …, "path": …, "name": …, "url": …, "charset": …, "captured": …, "depth": …, "max_ratio": …,
             "columns": …, "language": …, "first_line": …, "damage": …}, and the bytes of a part or a member
    reply    articles and skips, as in `article_messages`: those of a part together, those of a file one by one
    last     {"spent": n}: the document spent n bytes of the budget of its file; of a part with its reply
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from searchidx.article import Article
from searchidx.ingest.article_messages import ReadArticle, ReadResult, decode_results, encode_results
from searchidx.language_detection import add_default_language, add_detected_language
from searchidx.sources import (
    ExpansionBudget,
    Skip,
    SourceDocument,
    SourceFile,
    format_named,
    iter_documents,
    read_document,
)
from searchidx.sources.line_parts import divide
from searchidx.sources.source_file import TooLargeError
from searchidx.worker_pool import Message, Task, WorkerDied, WorkerPool, run_worker

TIMEOUT = 120.0
"""A worker that sends nothing for this long is killed, in seconds; its document is skipped."""
_MIN_COSTLY = 8
_MIN_PARTS = 12
"""Up to this many costly documents, or parts of large files, are read here, sooner than a worker starts."""
_MAX_TASKS = 16
"""Maximum number of documents that wait for a worker."""
_MAX_BYTES_AHEAD = 64 * 1024 * 1024
"""Maximum size of the members that wait for all workers, in bytes; one larger member may wait alone."""
_MAX_DOCUMENTS_AHEAD = 4096
"""Maximum number of documents looked at ahead of their turn, to find costly ones."""

_Results = Iterable[ReadResult]
_Item = tuple[int, SourceFile, SourceDocument | Skip | None]
"""Number of a source file, the file, and a thing in it; None opens the file, so that an empty one is not lost."""


class FormatTally:
    """Counts the documents and articles of each format while they are read."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}

    def follow(self, document: SourceDocument, results: _Results) -> Iterator[ReadResult]:
        """The results of a document, or of a part of one, counted."""
        counts = self._counts.setdefault(document.format.title, [0, 0])
        counts[0] += document.file.first_line <= 1
        for result in results:
            counts[1] += isinstance(result, ReadArticle)
            yield result

    def rows(self) -> tuple[tuple[str, int, int], ...]:
        """Each format with the numbers of its documents and articles; the most articles first."""
        rows = ((title, documents, articles) for title, (documents, articles) in self._counts.items())
        return tuple(sorted(rows, key=lambda row: (-row[2], row[0])))


def read_all(
    files: Iterable[SourceFile], jobs: int, tally: FormatTally | None = None
) -> Iterator[tuple[SourceFile, _Results]]:
    """Read files in order: of each the articles, with their language if they state or show it, and the skips.

    They must be consumed before the next file is asked for.
    """
    with (
        WorkerPool(__name__, jobs, _MAX_TASKS, TIMEOUT) as pool,
        # A process reads articles twice as fast as one indexes them, and takes a while to start.
        WorkerPool(__name__, max(jobs // 2, 1), 2 * _MAX_TASKS, TIMEOUT, main="main_of_parts") as part_pool,
    ):
        items = _read_ahead(files, jobs, pool, part_pool, tally or FormatTally())
        for _, group in itertools.groupby(items, lambda item: item[0]):
            _, file, _ = next(group)
            yield file, (result for _, _, results in group for result in results)  # noqa: B031 - the rest of it


def _open_all(files: Iterable[SourceFile]) -> Iterator[_Item]:
    for number, file in enumerate(files):
        yield number, file, None
        for item in iter_documents(file):
            if not isinstance(item, SourceDocument) or not item.format.is_divisible:
                yield number, file, item
                continue
            for part in divide(item.file):
                if file.budget.is_exceeded or item.limit.is_exceeded:
                    break
                yield number, file, SourceDocument(part, item.format, item.limit)


def _read_ahead(
    files: Iterable[SourceFile], jobs: int, pool: WorkerPool, part_pool: WorkerPool, tally: FormatTally
) -> Iterator[tuple[int, SourceFile, _Results]]:
    """The results of each document in order, while workers read the costly documents that follow."""
    ahead: deque[_Item] = deque()
    tasks: deque[Task] = deque()  # of the costly documents in `ahead`, in order
    costly = parts = size = 0  # in `ahead`
    use_workers = False
    items = _open_all(files)
    has_more = True
    while True:
        while (
            has_more
            and len(ahead) < _MAX_DOCUMENTS_AHEAD
            and costly < _MAX_TASKS * jobs
            and (size < _MAX_BYTES_AHEAD or not ahead)
        ):
            if (item := next(items, None)) is None:
                has_more = False
                break
            ahead.append(item)
            document = item[2]
            if isinstance(document, SourceDocument):
                size += len(document.file.data or b"")
                costly += document.is_costly
                parts += document.file.first_line > 0
        use_workers |= jobs > 1 and (costly - parts > _MIN_COSTLY or parts > _MIN_PARTS)
        if use_workers and len(tasks) < costly:
            waiting = [item[2] for item in ahead if isinstance(item[2], SourceDocument) and item[2].is_costly]
            for document in waiting[len(tasks) :]:
                tasks.append((part_pool if document.file.first_line else pool).submit(_task_of(document)))
        if not ahead:
            return
        number, file, document = ahead.popleft()
        if not isinstance(document, SourceDocument):
            yield number, file, () if document is None else (document,)
            continue
        size -= len(document.file.data or b"")
        costly -= document.is_costly
        results = _results_of(tasks.popleft(), document.file) if document.is_costly and tasks else _read(document)
        if document.file.first_line:
            parts -= 1
            results = _limit_part(results, document, file.budget)
        yield number, file, tally.follow(document, results)


def read_articles(file: SourceFile) -> Iterator[ReadResult]:
    """The articles and skips of one file, read in this process."""
    for _, results in read_all((file,), jobs=1):
        yield from results


def _read(document: SourceDocument) -> Iterator[ReadResult]:
    """The articles and skips of a document, read in this process."""
    return map(_finish(document.file), read_document(document))


def _finish(file: SourceFile) -> Callable[[Article | Skip], ReadResult]:
    """A function that adds the language to articles that state none, and encodes them; most work of it in workers."""

    def finish(result: Article | Skip) -> ReadResult:
        if isinstance(result, Skip):
            return result
        return ReadArticle.of(add_default_language(add_detected_language(result), file.language))

    return finish


def _limit_part(results: _Results, part: SourceDocument, budget: ExpansionBudget) -> Iterator[ReadResult]:
    """The results of a part, unless parts before it exceeded the budget of the file, or the limit of skips."""
    if budget.is_exceeded or part.limit.is_exceeded:
        return
    yield from part.limit.follow(results)
    try:
        if part.file.budget is not budget:
            budget.spend(part.file.path, part.file.budget.spent)
    except TooLargeError as error:
        yield Skip(part.file.name, str(error))


def _task_of(document: SourceDocument) -> Message:
    file = document.file
    header = {
        "format": document.format.module, "path": str(file.path), "name": file.name, "url": file.url,
        "charset": file.charset, "captured": file.captured, "depth": file.depth, "max_ratio": file.budget.max_ratio,
        "columns": dict(file.columns), "language": file.language, "first_line": file.first_line, "damage": file.damage,
    }  # fmt: skip
    return Message(header, () if file.data is None else (file.data,))


def _results_of(task: Task, file: SourceFile) -> Iterator[ReadResult]:
    """The articles and skips that a worker found in a file, or in a part of one."""
    spent = 0
    try:
        for message in task.replies():
            if "skips" in message.header:
                yield from decode_results(message)
            spent = message.header.get("spent", spent)
        if not file.budget.is_exceeded:
            file.budget.spend(file.path, spent)
    except TooLargeError as error:
        yield Skip(file.name, str(error))
    except WorkerDied as error:
        reason = f"it gave nothing for {TIMEOUT:.0f} seconds" if error.is_timeout else "reading it ended the process"
        yield Skip(f"{file.name}:{file.first_line}" if file.first_line else file.name, reason)


def _answer(task: Message) -> Iterator[Message]:
    """Read the document of a task, in a worker."""
    header, blobs = task
    file = SourceFile(
        Path(header["path"]), header["name"], header["url"],
        data=bytes(blobs[0]) if blobs else None, charset=header["charset"], captured=header["captured"],
        depth=header["depth"], columns=header["columns"], language=header["language"],
        budget=ExpansionBudget(header["max_ratio"]),
        first_line=header["first_line"], damage=header["damage"],
    )  # fmt: skip
    results = _read(SourceDocument(file, format_named(header["format"])))
    if file.first_line:
        reply = encode_results(list(results))
        yield Message({**reply.header, "spent": file.budget.spent}, reply.blobs)
    else:
        for result in results:
            yield encode_results([result])
        yield Message({"spent": file.budget.spent})


def main() -> None:
    """The main function of a worker."""
    run_worker(_answer)


def main_of_parts() -> None:
    """The main function of a worker that reads parts: it reads on while the parent writes a segment."""
    run_worker(_answer, max_unsent=2 * _MAX_TASKS)
