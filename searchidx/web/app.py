"""The ASGI application: the routes of all modules, wrapped in the security middleware."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware

from searchidx.web import api, assets, feed_routes, pages
from searchidx.web.executor import RequestExecutor
from searchidx.web.middleware.security import SecurityMiddleware
from searchidx.web.problems import HANDLED_EXCEPTIONS
from searchidx.web.settings import Settings
from searchidx.web.snapshots import ArchiveSnapshots
from searchidx.web.streaming import BLOCK_BYTES

MIN_COMPRESSED_BYTES = 1_000
"""Shorter answers fit into one packet anyway."""
COMPRESSION_LEVEL = 5
"""zlib's level 9 takes three times as long for 2 % less."""


def create_app(settings: Settings) -> Starlette:
    """Create the application of an index; raises what `searchidx.open` raises."""
    app = Starlette(
        routes=[*pages.routes(), *assets.routes(), *api.routes(), *feed_routes.routes()],
        exception_handlers=dict.fromkeys(HANDLED_EXCEPTIONS, pages.respond_to_error),
    )
    # Outside Starlette's own stack, so that its answers to unexpected errors have the security headers, too.
    compressed = GZipMiddleware(
        app.build_middleware_stack(), MIN_COMPRESSED_BYTES, COMPRESSION_LEVEL, thread_minimum_size=BLOCK_BYTES
    )
    app.middleware_stack = SecurityMiddleware(compressed, settings, pages.respond_to_rejection)
    app.state.settings = settings
    app.state.snapshots = ArchiveSnapshots(*settings.indexes, workspace=settings.workspace)
    app.state.executor = RequestExecutor(settings)
    return app
