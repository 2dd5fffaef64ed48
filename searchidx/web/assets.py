"""The files that pages are made of, read once: styles, scripts, pictures.

They are served from memory by their names, so no name leads to anything else on disk. Their addresses change with
their bytes, so a browser keeps them for good.
"""

from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

__all__ = ["address", "routes"]

_BYTES = {each.name: each.read_bytes() for each in files("searchidx.web").joinpath("static").iterdir()}
_MARKS = {name: blake2b(content, digest_size=8).hexdigest() for name, content in _BYTES.items()}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def address(name: str) -> str:
    """Where a file is, from the root of the server."""
    return f"/static/{_MARKS[name]}/{name}"


async def _asset(request: Request) -> Response:
    name, mark = request.path_params["name"], request.path_params["mark"]
    if _MARKS.get(name) != mark:
        raise HTTPException(404)
    kind = next(kind for suffix, kind in _TYPES.items() if name.endswith(suffix))
    return Response(_BYTES[name], headers={"Cache-Control": "public, max-age=31536000, immutable"}, media_type=kind)


def routes() -> list[Route]:
    """The route of the files."""
    return [Route("/static/{mark}/{name}", _asset, methods=["GET"])]
