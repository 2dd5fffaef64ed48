"""The server: uvicorn, told as little as it needs."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

from searchidx.web.settings import Settings

__all__ = ["serve"]

MAX_HEAD = 1 << 17
"""The longest head of a request in bytes: a query of 1,000 words fits, in any script."""


def serve(app: ASGIApp, settings: Settings) -> None:
    """Answer until the process is told to end."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run()
