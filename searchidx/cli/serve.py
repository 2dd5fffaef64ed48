"""The command that opens the archive in a browser, and to other programs: serve."""

from __future__ import annotations

from pathlib import Path

import click

from searchidx.cli.command import Command, index_option
from searchidx.cli.output import talk
from searchidx.errors import MissingExtraError

__all__ = ["serve"]


@click.command(
    cls=Command,
    short_help="Open the archive in a browser.",
    examples=["searchidx serve", "searchidx serve --port 8080"],
)
@index_option
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="N", help="The port to listen on."
)
def serve(index: str, host: str, port: int) -> None:
    """Answer in a browser, and over HTTP, until Ctrl-C."""
    try:
        import jinja2  # noqa: F401 - the pages need it
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise MissingExtraError("serve", "the server") from None
    from searchidx.web.app import create_app
    from searchidx.web.server import serve as serve_app
    from searchidx.web.settings import Settings

    settings = Settings(Path(index), host, port)
    app = create_app(settings)
    talk(f"searchidx: http://{host}:{port}/ until Ctrl-C")
    serve_app(app, settings)
