"""Alerts and what they reported, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from searchidx.render.digest import REASONS

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.workspace.alerts import Alert, Match, Target

_UNITS = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


def alerts_json(alerts: Sequence[Alert]) -> dict[str, Any]:
    """Return alerts as a document."""
    return {"version": 1, "alerts": [alert.to_dict() for alert in alerts]}


def alert_lines(alerts: Sequence[Alert]) -> Iterator[str]:
    """Return the lines that describe alerts."""
    for number, alert in enumerate(alerts):
        if number:
            yield ""
        yield f"{alert.name}  {alert.query}"
        yield f"  runs {_interval(alert.every)}, last {alert.last_run}; {alert.found:,} reported"
        yield f"  to {', '.join(map(_target, alert.targets)) or 'nobody'}"
        if alert.similar is not None:
            yield f"  groups articles of a similarity of {alert.similar:g} or more"
        if alert.pending:
            yield f"  {alert.pending:,} still to be delivered{': ' + alert.error if alert.error else ''}"


def match_lines(matches: Sequence[Match], archive: Archive) -> Iterator[str]:
    """Return a line for each article that an alert reported."""
    for match in matches:
        article = archive.get(match.id)
        headline = "no longer in the archive" if article is None else " ".join(article.headline.split())
        yield f"  {match.at}  {REASONS[match.reason]:<12}  {match.id}  {headline}"


def _interval(seconds: int | None) -> str:
    if seconds is None:
        return "after every build"
    size, name = next((size, name) for size, name in _UNITS if not seconds % size)
    count = seconds // size
    return f"every {name}" if count == 1 else f"every {count} {name}s"


def _target(target: Target) -> str:
    match target["kind"]:
        case "stdout":
            return "standard output"
        case "mail":
            return ", ".join(target["to"])
        case "command":
            return " ".join(target["arguments"])
        case "webhook":
            return str(target["url"])
        case _:
            return str(target["path"])
