"""Static files of the pages: style sheet, script, icon, typeface with its licence.

They are served from memory by name, so no path reaches the disk. A URL has a hash of the content, so browsers may cache
it for ever.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
_CSS_URL = re.compile(rb"url\(([\w.-]+)\)")


def _hash(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


_CONTENT = {each.name: each.read_bytes() for each in files("searchidx.web").joinpath("static").iterdir()}
_HASHES = {name: _hash(content) for name, content in _CONTENT.items()}


def asset_url(name: str) -> str:
    """Return the URL of a file, relative to the server's root."""
    return f"/static/{_HASHES[name]}/{name}"


for _name in [each for each in _CONTENT if each.endswith(".css")]:  # a style sheet names other files by their URLs
    _CONTENT[_name] = _CSS_URL.sub(lambda found: f"url({asset_url(found[1].decode())})".encode(), _CONTENT[_name])
    _HASHES[_name] = _hash(_CONTENT[_name])


async def _asset(request: Request) -> Response:
    name, content_hash = request.path_params["name"], request.path_params["hash"]
    if _HASHES.get(name) != content_hash:
        raise HTTPException(404)
    media_type = next(kind for suffix, kind in _MEDIA_TYPES.items() if name.endswith(suffix))
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_CONTENT[name], headers=headers, media_type=media_type)


def routes() -> list[Route]:
    """Return the route of the static files."""
    return [Route("/static/{hash}/{name}", _asset, methods=["GET"])]
