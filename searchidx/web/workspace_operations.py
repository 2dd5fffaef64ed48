"""Operations of the API on labels, notes and alerts.

Those that write are POST requests, and are refused unless the server was started with `--workspace`. Alerts that are
added here have no targets: over HTTP nobody sets up commands, files or addresses. Their feed is an operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from searchidx.alerts.deliveries import alert_feed
from searchidx.archive import Archive
from searchidx.errors import AlertError, LabelError
from searchidx.render.alert_tables import alerts_json
from searchidx.render.feed_formats import ATOM
from searchidx.render.serialize import csv_row
from searchidx.render.workspace_tables import agreement_json, labels_csv, labels_json
from searchidx.web.operation import CSV, JSON, ApiRequest, Operation, csv_response, json_response
from searchidx.web.parameters import Parameter, enum_schema
from searchidx.web.problems import Problem, unknown_id
from searchidx.workspace.agreement import compute_agreement
from searchidx.workspace.transfer import COLUMNS, csv_rows

MAX_IDS = 100
"""Ids of one request."""
MAX_NOTE_LENGTH = 20_000
"""Characters of a note."""

# -- reading -----------------------------------------------------------------------------------------------------------


def _labels(request: ApiRequest, archive: Archive) -> Response:
    table = archive.labels()
    if request["format"] == "csv":
        return csv_response(request, labels_csv(table))
    return json_response(labels_json(table))


def _labelled(request: ApiRequest, archive: Archive) -> Response:
    ids = None if request["q"] is None else archive.ids(request["q"], today=request.today)
    rows = csv_rows(archive.workspace, ids)
    return csv_response(request, map(csv_row, (COLUMNS, *rows)))


def _agreement(request: ApiRequest, archive: Archive) -> Response:
    among = None if request["among"] is None else archive.ids(request["among"], today=request.today)
    try:
        found = compute_agreement(archive.workspace.labels, request["label"], request["coder"], among)
    except LabelError as error:
        raise Problem(400, "bad-parameter", str(error), parameter="label") from None
    return json_response(agreement_json(found))


def _note(request: ApiRequest, archive: Archive) -> Response:
    text = archive.workspace.notes.get(request["id"])
    if not text and request["id"] not in archive:
        raise unknown_id(request["id"])
    return json_response({"version": 1, "id": request["id"], "text": text})


def _alerts(request: ApiRequest, archive: Archive) -> Response:
    document = alerts_json(archive.workspace.alerts.all())
    for alert in document["alerts"]:  # addresses, paths and arguments are nobody's business over HTTP
        alert["targets"] = [{"kind": target["kind"]} for target in alert["targets"]]
        alert["error"] = "a delivery failed" if alert["error"] else ""
    return json_response(document)


def _reported(request: ApiRequest, archive: Archive) -> Response:
    alert = _find_alert(request["name"], archive)
    matches = archive.workspace.alerts.matches(alert, request["limit"])
    return json_response({"version": 1, "name": alert, "articles": [match._asdict() for match in matches]})


def _feed(request: ApiRequest, archive: Archive) -> Response:
    text = alert_feed(archive, _find_alert(request["name"], archive), str(request.request.url))
    return Response(text, media_type=f"{ATOM}; charset=utf-8")


def _find_alert(name: str, archive: Archive) -> str:
    try:
        return archive.workspace.alerts.get(name).name
    except AlertError:
        raise Problem(404, "unknown-alert", f"there is no alert {name[:100]!r}") from None


# -- writing -----------------------------------------------------------------------------------------------------------


def _chosen_ids(request: ApiRequest, archive: Archive) -> list[str]:
    """The articles that `q` or `id` chooses."""
    if (request["q"] is None) == (not request["id"]):
        raise Problem(400, "bad-parameter", "give either q or id", parameter="q")
    if request["q"] is not None:
        return archive.ids(request["q"], today=request.today)
    for id in request["id"]:
        if id not in archive:
            raise unknown_id(id)
    return list(dict.fromkeys(request["id"]))


def _changed(changed: int, chosen: int) -> Response:
    return json_response({"version": 1, "changed": changed, "articles": chosen})


def _label(request: ApiRequest, archive: Archive) -> Response:
    return _change_label(request, archive, archive.workspace.labels.add)


def _unlabel(request: ApiRequest, archive: Archive) -> Response:
    return _change_label(request, archive, archive.workspace.labels.remove)


def _change_label(request: ApiRequest, archive: Archive, change: Callable[[str, list[str]], int]) -> Response:
    ids = _chosen_ids(request, archive)
    try:
        return _changed(change(request["name"], ids), len(ids))
    except LabelError as error:
        raise Problem(400, "bad-parameter", str(error), parameter="name") from None


def _annotate(request: ApiRequest, archive: Archive) -> Response:
    if request["id"] not in archive:
        raise unknown_id(request["id"])
    if len(request["text"]) > MAX_NOTE_LENGTH:
        detail = f"the parameter text has more than {MAX_NOTE_LENGTH:,} characters"
        raise Problem(400, "bad-parameter", detail, parameter="text")
    former = archive.workspace.notes.get(request["id"])
    archive.workspace.notes.set(request["id"], request["text"])
    return _changed(int(former != request["text"].strip()), 1)


def _follow(request: ApiRequest, archive: Archive) -> Response:
    try:
        known = archive.add_alert(
            request["name"],
            request["q"],
            every=request["every"],
            group_similar=request["group_similar"],
            today=request.today,
        )
    except AlertError as error:
        raise Problem(400, "bad-parameter", str(error), parameter="name") from None
    return _changed(1, known)


def _unfollow(request: ApiRequest, archive: Archive) -> Response:
    name = _find_alert(request["name"], archive)
    return _changed(int(archive.workspace.alerts.remove(name)), 0)


# -- operations --------------------------------------------------------------------------------------------------------

_NAME = Parameter("name", "The name of the label.", required=True, example="relevant")
_ALERT = Parameter("name", "The name of the alert.", required=True, example="strait")
_ID = Parameter("id", "The id of an article.", required=True, example="text/kishida-stoltenberg-tokyo.txt")
_Q = Parameter("q", "The query whose hits are meant.", example="nato")
_IDS = Parameter("id", "The id of an article, instead of a query.", is_list=True, max_items=MAX_IDS)


def _write(
    name: str, summary: str, description: str, parameters: tuple[Parameter, ...], handler: Any, *problems: int
) -> Operation:
    return Operation(
        name, summary, description, parameters, handler, {JSON: "change"}, (400, *problems, 422), method="POST"
    )


WORKSPACE_OPERATIONS = (
    Operation(
        "labels",
        "All labels",
        "The labels of the workspace, with the number of their articles, and of those that the archive no longer has.",
        (Parameter("format", "JSON or CSV.", enum_schema("json", "csv"), "json"),),
        _labels,
        {JSON: "labels", CSV: None},
        (400,),
    ),
    Operation(
        "labelled",
        "Labels and notes of articles",
        "CSV with the columns id, label and note. With a query there is a line for every hit, labelled or not.",
        (Parameter("q", "The query.", example="nato"),),
        _labelled,
        {CSV: None},
        (400, 422, 505),
    ),
    Operation(
        "agreement",
        "How well coders agree",
        "Cohen's kappa and Krippendorff's alpha of the labels `name@coder`. With one label, an article of the sample "
        "without it is a no. With several, they are the categories.",
        (
            Parameter("label", "A label, without @coder.", required=True, is_list=True, example="relevant"),
            Parameter("coder", "A coder; by default all.", is_list=True),
            Parameter("among", "The query whose hits are the sample; by default all that a coder labelled."),
        ),
        _agreement,
        {JSON: "agreement"},
        (400, 422),
    ),
    Operation(
        "note", "The note of an article", "An empty text if it has none.", (_ID,), _note, {JSON: "note"}, (400, 404)
    ),
    Operation(
        "alerts", "All alerts", "The saved searches, and how many articles each has reported.", (), _alerts,
        {JSON: "alerts"}, (400,),
    ),
    Operation(
        "reported",
        "What an alert has reported",
        "The articles, the latest first, each with the reason: new, late or changed.",
        (_ALERT, Parameter("limit", "The maximum number.", {"type": "integer", "minimum": 0, "maximum": 1000}, 100)),
        _reported,
        {JSON: "reported"},
        (400, 404),
    ),
    Operation(
        "alertfeed",
        "What an alert has reported, as a feed",
        "The last 100 articles as Atom.",
        (_ALERT,),
        _feed,
        {ATOM: None},
        (400, 404),
    ),
    _write(
        "label",
        "Give a label to articles",
        "To all hits of a query, or to articles by their ids. The label is created if it is new.",
        (_NAME, _Q, _IDS),
        _label,
        404,
    ),
    _write(
        "unlabel",
        "Take a label from articles",
        "From all hits of a query, or from articles by their ids.",
        (_NAME, _Q, _IDS),
        _unlabel,
        404,
    ),
    _write(
        "annotate",
        "Write the note of an article",
        "In place of any former note. A blank text removes it.",
        (_ID, Parameter("text", "The note.", required=True)),
        _annotate,
        404,
    ),
    _write(
        "follow",
        "Save a search as an alert",
        "It reports what matches from now on, in its feed. Builds run it.",
        (
            _ALERT,
            Parameter("q", "The query.", required=True, example="nato"),
            Parameter("every", "The shortest time between two runs.", enum_schema("hour", "day", "week")),
            Parameter(
                "group_similar",
                "Group near-duplicates from this similarity on.",
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            ),
        ),
        _follow,
    ),
    _write("unfollow", "Remove an alert", "With all it knows.", (_ALERT,), _unfollow, 404),
)  # fmt: skip
"""The operations, in the order of the documentation."""
