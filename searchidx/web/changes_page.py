"""The page that shows what one version of an article changed of another."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from searchidx.archive import Archive
from searchidx.errors import UnsupportedError
from searchidx.render.text_tables import short_time
from searchidx.search.history import difference
from searchidx.search.word_diff import split_paragraphs
from searchidx.versions import Version
from searchidx.web.links import Link
from searchidx.web.parameters import Parameter, parse_parameters
from searchidx.web.problems import REMOVED, Problem, unknown_id
from searchidx.web.search_form import SearchAddress
from searchidx.web.templating import render_page

_NUMBER = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
_PARAMETERS = (
    Parameter("id", "The id of the article.", required=True),
    Parameter("former", "The number of a version; by default the last but one.", _NUMBER),
    Parameter("latter", "The number of another version; by default the last.", _NUMBER),
)


def show_changes(request: Request, archive: Archive) -> Response:
    """Return the page that marks the words that differ between two versions."""
    parameters = parse_parameters(request.query_params, _PARAMETERS)
    id = parameters["id"]
    try:
        versions = archive.history(id)
        compared = difference(versions, parameters["former"], parameters["latter"])
    except KeyError:
        raise unknown_id(id, REMOVED) from None
    except ValueError as error:
        raise Problem(404, "unknown-version", str(error), id=id) from None
    return render_page(
        "changes",
        {
            "search": SearchAddress(),
            "article": compared.latter.article,
            "former": _name(compared.former),
            "latter": _name(compared.latter),
            "versions": _links(versions, compared.latter.number),
            "changes": {
                field: [each for each in split_paragraphs(pieces) if any(piece.text.strip() for piece in each)]
                for field, pieces in compared.changes.items()
            },
        },
    )


def version_links(archive: Archive, id: str) -> list[Link]:
    """Return a link for each version after the first to what it changed; none if only one version is known.

    An index on a cluster keeps no versions, and several archives are read without them.
    """
    try:
        return _links(archive.history(id))
    except UnsupportedError:
        return []


def _links(versions: Sequence[Version], current: int = 0) -> list[Link]:
    return [
        Link(f"{_name(each)}: {', '.join(each.changed)}", _changes_url(each), each.number == current)
        for each in reversed(versions[1:])
    ]


def _changes_url(version: Version) -> str:
    """Return the address of what a version changed of the one before."""
    numbers = {"former": version.number - 1, "latter": version.number}
    return f"/changes?{urlencode({'id': version.article.id, **numbers})}"


def _name(version: Version) -> str:
    """Return a version in words: its number, and when it was saved."""
    return f"Version {version.number:,}" + (f", saved {short_time(version.saved)} UTC" if version.saved else "")
