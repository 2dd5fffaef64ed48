"""Read many source files in order; worker processes read the costly ones ahead.

An HTML page takes a hundred times as long to read as a JSON record of the same length, so only costly formats go to
workers. Containers are opened in this process and their members are given to workers like any other file, so all
workers share the pages of one web archive. Processes also isolate faults: a page that crashes or hangs a parser is
skipped alone.

Messages of `worker_pool`::

    task     {"path": …, "name": …, "url": …, "charset": …, "captured": …, "depth": …, "max_ratio": …}, and the bytes
             of a member of a container
    reply    {"article": …} or {"skip": [place, reason, damaged, part_of]}, in order
    last     {"spent": n}: the document spent n bytes of the budget of its file
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from searchidx.article import Article
from searchidx.language_detection import add_detected_language
from searchidx.sources import Skip, SourceDocument, SourceFile, iter_documents, read_document, read_file
from searchidx.sources.source_file import ExpansionBudget, TooLargeError
from searchidx.worker_pool import Message, Task, WorkerDied, WorkerPool, run_worker

TIMEOUT = 120.0
"""A worker that sends nothing for this long is killed, in seconds; its document is skipped."""
_MIN_COSTLY = 8
"""Up to this many costly documents are read here, sooner than a worker starts."""
_MAX_TASKS = 16
"""Maximum number of documents that wait for a worker."""
_MAX_BYTES_AHEAD = 64 * 1024 * 1024
"""Maximum size of the members that wait for all workers, in bytes; one larger member may wait alone."""
_MAX_DOCUMENTS_AHEAD = 4096
"""Maximum number of documents looked at ahead of their turn, to find costly ones."""

_Results = Iterable[Article | Skip]
_Item = tuple[int, SourceFile, SourceDocument | Skip | None]
"""Number of a source file, the file, and a thing in it; None opens the file, so that an empty one is not lost."""


class FormatTally:
    """Counts the documents and articles of each format while they are read."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}

    def follow(self, title: str, results: _Results) -> Iterator[Article | Skip]:
        """The results of a document of a format, counted."""
        counts = self._counts.setdefault(title, [0, 0])
        counts[0] += 1
        for result in results:
            counts[1] += isinstance(result, Article)
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
    with WorkerPool(__name__, jobs, _MAX_TASKS, TIMEOUT) as pool:
        for _, group in itertools.groupby(_read_ahead(files, jobs, pool, tally or FormatTally()), lambda item: item[0]):
            _, file, _ = next(group)
            yield file, (result for _, _, results in group for result in results)  # noqa: B031 - the rest of it


def _open_all(files: Iterable[SourceFile]) -> Iterator[_Item]:
    for number, file in enumerate(files):
        yield number, file, None
        for item in iter_documents(file):
            yield number, file, item


def _read_ahead(
    files: Iterable[SourceFile], jobs: int, pool: WorkerPool, tally: FormatTally
) -> Iterator[tuple[int, SourceFile, _Results]]:
    """The results of each document in order, while workers read the costly documents that follow."""
    ahead: deque[_Item] = deque()
    tasks: deque[Task] = deque()  # of the costly documents in `ahead`, in order
    costly = size = 0  # in `ahead`
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
        use_workers |= costly > _MIN_COSTLY and jobs > 1
        if use_workers and len(tasks) < costly:
            waiting = [item[2] for item in ahead if isinstance(item[2], SourceDocument) and item[2].is_costly]
            tasks += [pool.submit(_task_of(document.file)) for document in waiting[len(tasks) :]]
        if not ahead:
            return
        number, file, document = ahead.popleft()
        if not isinstance(document, SourceDocument):
            yield number, file, () if document is None else (document,)
            continue
        size -= len(document.file.data or b"")
        costly -= document.is_costly
        if document.is_costly and tasks:
            results = _results_of(tasks.popleft(), document.file)
        else:
            results = _detect_languages(read_document(document))
        yield number, file, tally.follow(document.format.title, results)


def read_articles(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles and skips of one file, read in this process."""
    return _detect_languages(read_file(file))


def _detect_languages(results: _Results) -> Iterator[Article | Skip]:
    """Add the language to articles that state none; in the workers, since it takes time."""
    return (add_detected_language(result) if isinstance(result, Article) else result for result in results)


def _task_of(file: SourceFile) -> Message:
    header = {
        "path": str(file.path), "name": file.name, "url": file.url, "charset": file.charset, "depth": file.depth,
        "captured": file.captured, "max_ratio": file.budget.max_ratio,
    }  # fmt: skip
    return Message(header, () if file.data is None else (file.data,))


def _results_of(task: Task, file: SourceFile) -> Iterator[Article | Skip]:
    """The articles and skips that a worker found in a file."""
    spent = 0
    try:
        for header, _ in task.replies():
            if "article" in header:
                yield Article.from_dict(header["article"])
            elif "skip" in header:
                yield Skip(*header["skip"])
            else:
                spent = header["spent"]
        if not file.budget.is_exceeded:
            file.budget.spend(file.path, spent)
    except TooLargeError as error:
        yield Skip(file.name, str(error))
    except WorkerDied as error:
        reason = f"it gave nothing for {TIMEOUT:.0f} seconds" if error.is_timeout else "reading it ended the process"
        yield Skip(file.name, reason)


def _read(task: Message) -> Iterator[Message]:
    """Read the file of a task, in a worker."""
    header, blobs = task
    file = SourceFile(
        Path(header["path"]), header["name"], header["url"],
        data=bytes(blobs[0]) if blobs else None, charset=header["charset"], captured=header["captured"],
        depth=header["depth"],
        budget=ExpansionBudget(header["max_ratio"]),
    )  # fmt: skip
    for result in read_articles(file):
        if isinstance(result, Article):
            yield Message({"article": result.to_dict()})
        else:
            yield Message({"skip": [result.place, result.reason, result.damaged, result.part_of]})
    yield Message({"spent": file.budget.spent})


def main() -> None:
    """The main function of a worker."""
    run_worker(_read)
