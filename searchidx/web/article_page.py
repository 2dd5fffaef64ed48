"""The page of an article: its text with the matches of a query, its place in the answer, what is like it, citations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from searchidx.archive import Archive
from searchidx.article import Article
from searchidx.engines.cache import query_cache
from searchidx.errors import QueryError
from searchidx.export.export_formats import export_lines
from searchidx.query.rewrite import parse_clauses, value_clause
from searchidx.render.citation import format_citation
from searchidx.render.terminal import pluralize
from searchidx.schema import facet_values
from searchidx.search.hits import Hit, Snippet
from searchidx.web.answer_rows import find_page, find_place
from searchidx.web.article_metadata import linked_data, metadata_tags
from searchidx.web.changes_page import version_links
from searchidx.web.links import Link, download_url, export_url
from searchidx.web.parameters import parse_parameters
from searchidx.web.problems import REMOVED, unknown_id
from searchidx.web.search_form import ARTICLE_PARAMETERS, SearchAddress
from searchidx.web.templating import paragraphs, render_page
from searchidx.web.workspace_values import workspace_values

MAX_SIMILAR = 8
VERSION_THRESHOLD = 0.6
"""Minimum similarity of the bodies of two versions of an article; lower than for near-duplicates in results."""


class Step(NamedTuple):
    """An article of a story, its hit (None for the article that is shown), and whether it is a near-duplicate."""

    article: Article
    hit: Hit | None
    is_duplicate: bool


def show_article(request: Request, archive: Archive) -> Response:
    """Return the page of an article."""
    parameters = parse_parameters(request.query_params, ARTICLE_PARAMETERS)
    id, query = parameters["id"], parameters["q"]
    article = archive.get(id)
    if article is None:
        raise unknown_id(id, REMOVED)
    headline, body, is_invalid = Snippet(article.headline), Snippet(article.body), False
    if query.strip():
        try:
            headline, body = archive.marked(id, query)
        except QueryError:
            is_invalid = True
    versions = archive.versions(id, VERSION_THRESHOLD)
    version_ids = {hit.id for hit in versions}
    similar = [hit for hit in archive.similar(id, limit=MAX_SIMILAR + len(version_ids)) if hit.id not in version_ids]
    id_clause = value_clause("id", id)
    search, at = SearchAddress.from_values(parameters), parameters["at"]
    with query_cache():
        place = find_place(archive, search, id, at) if at and query.strip() else None
        beside = find_page(archive, search, at) if place and search.layout == "split" else None
    fields = {
        "source": article.source,
        "section": article.section,
        "edition": article.edition,
    }
    return render_page(
        "article",
        {
            "search": search,
            "place": place,
            "beside": beside,
            "unsplit": search.with_(layout="", page=search.page).article_url(id, at or 0),
            "back": f"{search.at(at).url}#hit-{at}" if place else search.url,
            "metadata": metadata_tags(article),
            "linked_data": linked_data(article),
            "alternates": _alternates(id, id_clause),
            "this_day": _this_day(archive, article),
            "workspace": workspace_values(request, archive),
            "article": article,
            "headline": headline,
            "paragraphs": paragraphs(body),
            "matches": len(body.spans),
            "is_invalid_query": is_invalid,
            "has_words": any(
                not (each.is_filter or each.is_negative or each.text == "*") for each in parse_clauses(query)
            ),
            "fields": {name: _value_link(name, value) for name, value in fields.items() if value},
            "authors": [_value_link("byline", each) for each in facet_values(article, "byline")],
            "keywords": [_value_link("keyword", each) for each in article.keywords],
            "provenance": _provenance(article),
            "score_url": download_url("score", q=query, id=id) if headline.spans or body.spans else "",
            "history": version_links(archive, id),
            "story": _story(article, versions, similar[:MAX_SIMILAR]),
            "citations": _citations(article, id_clause),
        },
    )


def _value_link(field: str, value: str) -> Link:
    """Return a link to the search for a field's value; without a URL if no query can ask for it."""
    clause = value_clause(field, value)
    return Link(value, SearchAddress(q=clause).url if clause else "")


def _this_day(archive: Archive, article: Article) -> Link | None:
    """Return a link to all articles of the day of an article; None if its date has no day."""
    if article.date is None or article.date.day is None:
        return None
    date = article.date
    query = f"date:{date.year:04}-{date.month:02}-{date.day:02}"
    return Link(pluralize(archive.search(query, limit=0).total, "article"), SearchAddress(q=query).url)


def _story(article: Article, versions: Sequence[Hit], similar: Sequence[Hit]) -> list[Step]:
    """Return an article among its near-duplicates and the articles most like it, by date; empty if it is alone."""
    steps = [
        Step(article, None, False),
        *(Step(hit.article, hit, True) for hit in versions),
        *(Step(hit.article, hit, False) for hit in similar),
    ]
    return sorted(steps, key=lambda step: _first_day(step.article)) if len(steps) > 1 else []


def _first_day(article: Article) -> tuple[int, str]:
    """Return the order of an article in a story: by its day and time, undated ones last."""
    return (dt.date.max.toordinal(), "") if article.date is None else (article.date.days.start, str(article.date))


def _alternates(id: str, id_clause: str | None) -> list[tuple[str, str]]:
    """Return (media type, URL) of the article in formats for programs."""
    exports = (("application/x-research-info-systems", "ris"), ("application/x-bibtex", "bibtex"))
    return [
        ("application/json", download_url("article", id=id)),
        *((media_type, export_url(id_clause, format)) for media_type, format in exports if id_clause),
    ]


def _provenance(article: Article) -> list[tuple[str, str, str]]:
    """Return (name, value, where the value was found in the source) of each field that has a provenance."""
    values = article.to_dict()
    names = [name for name in values if name in article.provenance]
    return [(name, "" if name == "body" else str(values[name]), article.provenance[name]) for name in names]


def _citations(article: Article, id_clause: str | None) -> Sequence[tuple[str, str, str]]:
    """Return (style, text, download URL or an empty string) of each citation."""
    note = ("Note", format_citation(article), "")
    return note, *(
        (
            name,
            "".join(export_lines([article], format)).replace("\r\n", "\n").strip(),
            export_url(id_clause, format) if id_clause else "",
        )
        for format, name in (("bibtex", "BibTeX"), ("ris", "RIS"))
    )
