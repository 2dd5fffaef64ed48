"""Lists of queries over HTTP: the operation `batch`, and the page that a list is pasted into."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from searchidx.archive import Archive
from searchidx.engines import timeout
from searchidx.errors import ListError
from searchidx.render.batch_table import BatchTable
from searchidx.web.download_name import download_name
from searchidx.web.operation import CSV, JSONL, TEXT, ApiRequest, Operation, file_response
from searchidx.web.parameters import ALL_VERSIONS, Parameter, enum_schema, parse_parameters
from searchidx.web.problems import Problem
from searchidx.web.search_form import SearchAddress
from searchidx.web.streaming import stream_text
from searchidx.web.templating import render_page

MAX_QUERIES = 10_000
"""Lines of a list."""
MAX_SHOWN = 200
"""Lines that the page shows; the file has all."""
BLOCK_BYTES = 1 << 11
"""Minimum size of a block of the answer: few lines, since a thread answers all lines of a block at once."""
_EXAMPLE = 'nato\n"Taiwan Strait"\n'
_FIELDS = (
    Parameter("list", "The list."),
    Parameter("column", "The column of the queries."),
    Parameter("by", "Also count the hits of each year.", enum_schema("", "year")),
    Parameter("share", "Per 1,000 articles.", enum_schema("", "yes")),
    Parameter("ids", "Also list the ids.", enum_schema("", "yes")),
    Parameter("as", "Show the table, or download it.", enum_schema("page", "csv"), "page"),
)
"""The fields of the form."""


def _batch(request: ApiRequest, archive: Archive) -> Response:
    if request["share"] and request["by"] is None:
        raise Problem(400, "bad-parameter", "the parameter share needs by=year", parameter="share")
    archive = archive.all_versions() if request["all_versions"] else archive
    text = _decode(request.request.state.body)
    column, by, share, ids = (request[name] for name in ("column", "by", "share", "ids"))
    table = _make_table(request.request, archive, text, column, by == "year", share, ids, request.today)
    if request["format"] == "csv":
        return file_response(request, (line + "\r\n" for line in table.csv()), CSV, "csv", BLOCK_BYTES)
    return file_response(request, (line + "\n" for line in table.jsonl()), JSONL, "jsonl", BLOCK_BYTES)


def _make_table(
    request: Request,
    archive: Archive,
    text: str,
    column: str | None,
    by_year: bool,
    share: bool,
    ids: bool,
    today: dt.date,
) -> BatchTable:
    """The table of a list; each query has the time limit of a request."""
    count = sum(map(bool, map(str.strip, text.split("\n"))))
    if count > MAX_QUERIES + (column is not None):
        raise Problem(413, "list-too-long", f"the list has {count:,} lines, more than {MAX_QUERIES:,}: split it")
    limit = partial(timeout.limit, request.app.state.settings.timeout)
    lines = io.StringIO(text, newline="")
    return BatchTable(archive, lines, column, by_year=by_year, share=share, ids=ids, today=today, limit=limit)


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(400, "bad-list", "the list is not UTF-8 text") from None


BATCH = Operation(
    "batch",
    "A list of queries, answered",
    f"For each query of a list its total, first and last day. The body is the list, up to {MAX_QUERIES:,} lines of one "
    "query each, or a CSV table, whose columns are kept. An error stands beside its line. A stream, like hits.",
    (
        Parameter("column", "The list is CSV, and the queries are in this column."),
        Parameter("by", "Also count the hits of each year.", enum_schema("year")),
        Parameter("share", "With by: counts per 1,000 articles of each year.", {"type": "boolean"}, False),
        Parameter("ids", "Also list the ids of all hits.", {"type": "boolean"}, False),
        ALL_VERSIONS,
        Parameter("format", "JSON Lines or CSV.", enum_schema("jsonl", "csv"), "jsonl"),
    ),
    _batch,
    {JSONL: "batch", CSV: None},
    (400, 422, 505),
    method="POST",
    body=(TEXT, CSV),
)


# -- page --------------------------------------------------------------------------------------------------------------


def list_page(request: Request, archive: Archive) -> Response:
    """Show the form for a list; with a list, its table as a page or as a file."""
    if request.method != "POST":
        parse_parameters(request.query_params, ())
        return _render({each.name: None for each in _FIELDS}, {})
    form = _parse_form(request.state.body)
    text, column = form["list"] or "", (form["column"] or "").strip() or None
    share, ids = bool(form["share"]), bool(form["ids"])
    today = dt.date.today()
    try:
        table = _make_table(request, archive, text, column, share or bool(form["by"]), share, ids, today)
        if form["as"] == "csv":
            name = download_name("list", today, "csv")
            lines = (line + "\r\n" for line in table.csv())
            return stream_text(request, lines, CSV, name, BLOCK_BYTES)
        with timeout.limit(request.app.state.settings.timeout):
            at = table.columns.index(column) if column else 0
            rows = [_cells(row, at) for row in islice(table.rows(), MAX_SHOWN + 1)]
    except ListError as error:
        return _render(form, {"error": str(error)}, 400)
    except Problem as problem:
        return _render(form, {"error": problem.detail}, problem.status)
    return _render(form, {"columns": table.columns, "rows": rows[:MAX_SHOWN], "is_cut": len(rows) > MAX_SHOWN})


class Cell(NamedTuple):
    """A cell of the table: its text, whether it is a number, and the URL of the search that it names."""

    text: str
    is_number: bool
    url: str


def _cells(row: Sequence[object], at: int) -> list[Cell]:
    """Return the cells of a line with its query at a column."""
    return [_cell(value, is_query=number == at) for number, value in enumerate(row)]


def _cell(value: object, is_query: bool) -> Cell:
    is_number = isinstance(value, int | float)
    text = "" if value is None else f"{value:,}" if is_number else str(value)
    return Cell(text, is_number, SearchAddress(q=text).url if is_query and text.strip() else "")


def _parse_form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=len(_FIELDS))
    except ValueError:
        raise Problem(400, "bad-request", "the form is not percent-encoded UTF-8") from None
    return {each.name: each.parse([value for name, value in pairs if name == each.name]) for each in _FIELDS}


def _render(form: dict[str, Any], values: dict[str, Any], status: int = 200) -> Response:
    shown = {"search": SearchAddress(), "example": _EXAMPLE, "max_shown": MAX_SHOWN, "error": "", "columns": ()}
    return render_page("list", shown | {"form": form} | values, status)
