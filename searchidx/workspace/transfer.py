"""Export and import: labels and notes as CSV, a whole workspace as JSON Lines.

The CSV has the columns `id,label,note`: a line for each label of an article, with its note on the first. Other columns
are ignored, so coders can add them. The first line of the JSON Lines names the format; each other line is a label, the
articles of a label, a note, an alert, articles that an alert knows, or a delivery that is still to be made. What cannot
be imported is reported with its line, and the rest is imported.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from searchidx.errors import LabelError, describe_damage
from searchidx.workspace.alert_transfer import export_alerts, import_alert
from searchidx.workspace.labels import COLORS, add_label_rows, label_key
from searchidx.workspace.store import add_articles, utc_now
from searchidx.workspace.workspace import Workspace

FORMAT, VERSION = "searchidx-workspace", 1
COLUMNS = ("id", "label", "note")
_IDS_PER_LINE = 1_000
_ESCAPED = re.compile(r"'[\s']*[=+\-@＝＋－＠]")


class Imported(NamedTuple):
    """What an import did.

    Attributes:
        labelled: how many labels articles got that they did not have.
        notes: how many notes were written.
        alerts: how many alerts were added.
        skipped: (line, reason) of each line that could not be imported.
    """

    labelled: int
    notes: int
    alerts: int
    skipped: tuple[tuple[int, str], ...]


# -- CSV ---------------------------------------------------------------------------------------------------------------


def csv_rows(workspace: Workspace, ids: Iterable[str] | None = None) -> Iterator[tuple[str, str, str]]:
    """The rows of a CSV export, without its header.

    With `ids` there is a row for each of these articles at least; without, all articles with a label or a note.
    """
    notes = workspace.notes.all()
    ids = workspace.article_ids() if ids is None else list(ids)
    labels = workspace.labels.of(ids)
    for id in ids:
        note = notes.get(id, "")
        for label in labels.get(id, ()):
            yield id, label.name, note
            note = ""
        if id not in labels:
            yield id, "", note


def import_csv(workspace: Workspace, lines: Iterable[str], coder: str = "") -> Imported:
    """Import a CSV with the columns `id`, `label` and `note`; `coder` is added to labels without `@coder`.

    Raises:
        LabelError: if the coder's name is invalid.
    """
    if coder:
        label_key(f"x@{coder}")
    by_label: dict[str, list[tuple[str, str]]] = {}
    notes: list[tuple[str, str]] = []
    skipped: list[tuple[int, str]] = []
    now = utc_now()
    reader = csv.DictReader(lines)
    reader.fieldnames = [name.strip().lower().removeprefix("\ufeff") for name in reader.fieldnames or ()]
    if "id" not in reader.fieldnames:
        return Imported(0, 0, 0, ((1, f"there is no column id: the columns are {', '.join(COLUMNS)}"),))
    for row in reader:
        id, label, note = (_unescape((row.get(name) or "").strip()) for name in COLUMNS)
        if not id:
            skipped.append((reader.line_num, "it has no id"))
            continue
        if label:
            name = f"{label}@{coder}" if coder and "@" not in label else label
            try:
                label_key(name)
            except LabelError as error:
                skipped.append((reader.line_num, str(error)))
                continue
            by_label.setdefault(name, []).append((id, now))
        if note:
            notes.append((id, note))
    labelled = 0
    with workspace.store.transaction() as connection:
        for name, rows in by_label.items():
            labelled += add_label_rows(connection, name, rows, None)
    if notes:
        workspace.notes.set_all(notes)
    return Imported(labelled, len(notes), 0, tuple(skipped))


def _unescape(value: str) -> str:
    """A cell without the apostrophe that an export puts before what a spreadsheet would compute."""
    return value[1:] if _ESCAPED.match(value) else value


# -- JSON Lines --------------------------------------------------------------------------------------------------------


def export_lines(workspace: Workspace) -> Iterator[str]:
    """The whole workspace, as of one moment, as lines of JSON."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    with workspace.store.snapshot() as connection:
        labels = connection.execute("SELECT number, name, color FROM labels ORDER BY number").fetchall()
        yield encode({"format": FORMAT, "version": VERSION})  # a damaged workspace gives no line
        for number, name, color in labels:
            yield encode({"kind": "label", "name": name, "color": color})
            rows = connection.execute(
                "SELECT id, at FROM label_articles JOIN articles ON article = articles.number WHERE label = ?",
                (number,),
            )
            while batch := rows.fetchmany(_IDS_PER_LINE):
                yield encode({"kind": "labelled", "label": name, "articles": [list(row) for row in batch]})
        for id, text, at in connection.execute("SELECT id, text, at FROM notes JOIN articles ON article = number"):
            yield encode({"kind": "note", "id": id, "text": text, "at": at})
        yield from map(encode, export_alerts(connection))


def import_lines(workspace: Workspace, lines: Iterable[str]) -> Imported:
    """Import an export: labels are added to those that exist, notes replace older ones, alerts that exist stay."""
    labelled = notes = 0
    alerts: dict[str, int] = {}
    skipped: list[tuple[int, str]] = []
    with workspace.store.transaction() as connection:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                if number == 1:
                    _check_header(record)
                elif record["kind"] == "label":
                    color = record["color"] if record["color"] in COLORS else None
                    add_label_rows(connection, record["name"], [], color)
                elif record["kind"] == "labelled":
                    rows = [(_text(id), _text(at)) for id, at in record["articles"]]
                    labelled += add_label_rows(connection, record["label"], rows, None)
                elif record["kind"] == "note":
                    notes += _import_note(connection, record)
                elif record["kind"] in ("alert", "known", "delivery"):
                    import_alert(connection, record, alerts)
                else:
                    raise ValueError(f"its kind {record['kind']!r} is unknown")
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                skipped.append((number, describe_damage(error)))
                if number == 1:
                    break
    return Imported(labelled, notes, len(alerts), tuple(skipped))


def _check_header(record: Mapping[str, Any]) -> None:
    if record["format"] != FORMAT or record["version"] != VERSION:
        raise ValueError(f"it is no export of a workspace in version {VERSION}")


def _import_note(connection: Any, record: Mapping[str, Any]) -> int:
    add_articles(connection, [_text(record["id"])])
    cursor = connection.execute(
        "INSERT INTO notes SELECT number, ?, ? FROM articles WHERE id = ? "
        "ON CONFLICT (article) DO UPDATE SET text = excluded.text, at = excluded.at WHERE excluded.at > notes.at",
        (_text(record["text"]), _text(record["at"]), record["id"]),
    )
    return int(cursor.rowcount)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
