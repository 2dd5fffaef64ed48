"""The application: the routes of all modules, and what stands before them."""

from __future__ import annotations

from starlette.applications import Starlette

from searchidx.web import api, assets, feed_routes, pages
from searchidx.web.executor import Work
from searchidx.web.middleware.security import Guard
from searchidx.web.problems import TOLD
from searchidx.web.settings import Settings
from searchidx.web.snapshots import Live

__all__ = ["create_app"]


def create_app(settings: Settings) -> Starlette:
    """The application of an index; raises what `searchidx.open` does."""
    app = Starlette(
        routes=[*pages.routes(), *assets.routes(), *api.routes(), *feed_routes.routes()],
        exception_handlers=dict.fromkeys(TOLD, pages.respond),
    )
    # Around all of it: what is said of a fault is guarded, too.
    app.middleware_stack = Guard(app.build_middleware_stack(), settings)
    app.state.settings = settings
    app.state.live = Live(settings.index)
    app.state.work = Work(settings)
    return app
