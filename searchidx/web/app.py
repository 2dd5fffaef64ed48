"""The ASGI application: the routes of all modules, wrapped in the security middleware."""

from __future__ import annotations

from starlette.applications import Starlette

from searchidx.web import api, assets, feed_routes, pages
from searchidx.web.executor import RequestExecutor
from searchidx.web.middleware.security import SecurityMiddleware
from searchidx.web.problems import HANDLED_EXCEPTIONS
from searchidx.web.settings import Settings
from searchidx.web.snapshots import ArchiveSnapshots


def create_app(settings: Settings) -> Starlette:
    """Create the application of an index; raises what `searchidx.open` raises."""
    app = Starlette(
        routes=[*pages.routes(), *assets.routes(), *api.routes(), *feed_routes.routes()],
        exception_handlers=dict.fromkeys(HANDLED_EXCEPTIONS, pages.respond_to_error),
    )
    # Outside Starlette's own stack, so that its answers to unexpected errors have the security headers, too.
    app.middleware_stack = SecurityMiddleware(app.build_middleware_stack(), settings)
    app.state.settings = settings
    app.state.snapshots = ArchiveSnapshots(settings.index, settings.workspace)
    app.state.executor = RequestExecutor(settings)
    return app
