"""What the pages show of the workspace: whether they may write to it, its labels, and what its alerts have found."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from starlette.requests import Request

from searchidx.archive import Archive
from searchidx.errors import UnsupportedError
from searchidx.web.links import download_url
from searchidx.web.search_form import SearchAddress

NEWS_DAYS = 7
"""Days for which what an alert has found is news."""


class AlertNews(NamedTuple):
    """An alert: its name, the URLs of its search and of its feed, and the number of articles it found since a day."""

    name: str
    url: str
    feed: str
    news: int
    since: str


def workspace_values(request: Request, archive: Archive) -> dict[str, Any]:
    """Return the variables of a template."""
    can_write = request.app.state.settings.can_write
    return {"can_write": can_write, "label_names": [each.name for each in archive.labels()] if can_write else []}


def alert_news(archive: Archive) -> list[AlertNews]:
    """Return the alerts, each with what it has found in the last week; none if several archives have their own."""
    try:
        alerts = archive.workspace.alerts
    except UnsupportedError:
        return []
    first = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=NEWS_DAYS)
    return [
        AlertNews(
            each.name,
            SearchAddress(q=each.query, sort="newest").url,
            download_url("alertfeed", name=each.name),
            sum(dt.datetime.fromisoformat(match.at) >= first for match in alerts.matches(each.name)),
            f"{first:%A}",
        )
        for each in alerts.all()
    ]
