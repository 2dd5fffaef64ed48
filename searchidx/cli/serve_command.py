"""The command that opens the archive in a browser, and to other programs: serve."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from searchidx.cli.command import Command, index_option
from searchidx.cli.output import talk
from searchidx.errors import MissingExtraError, ServerError

__all__ = ["serve"]

ELSEWHERE_RATE = 20.0
"""So many requests a second of one client, where others than this machine may ask."""
_SHORTEST_TOKEN = 16


@click.command(
    cls=Command,
    short_help="Open the archive in a browser.",
    examples=[
        "searchidx serve",
        "searchidx serve --index ~/archive/index --port 8080",
        "searchidx serve --host 0.0.0.0 --allow-host archive.example --token-file token.txt",
    ],
)
@index_option
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="N", help="The port; 0: any."
)
@click.option(
    "--allow-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="A name by which browsers may ask for the server, beside addresses and localhost; may be given several times.",
)
@click.option(
    "--token-file",
    type=click.Path(),
    metavar="FILE",
    help="Whoever asks has to show the token in FILE; without one a token is made where others can ask.",
)
@click.option("--no-auth", is_flag=True, help="Answer whoever can reach the address, without a token.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help=f"So many requests a second of one client.  [default: any on this machine, {ELSEWHERE_RATE:g} elsewhere]",
)
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="The longest that one request is worked on.",
)
@click.option("--log-queries", is_flag=True, help="Write down what is searched for, too.")
def serve(
    index: str,
    host: str,
    port: int,
    names: tuple[str, ...],
    token_file: str | None,
    no_auth: bool,
    rate: float | None,
    seconds: float,
    log_queries: bool,
) -> None:
    """Open the archive in a browser, and to other programs over HTTP, until Ctrl-C.

    Pages are at /, the API is at /api/v1. What is committed while it runs is shown from then on. Only this machine can
    ask, unless --host says otherwise; then whoever asks has to show a token.
    """
    if no_auth and token_file is not None:
        raise click.UsageError("--no-auth goes without --token-file")
    try:
        import jinja2  # noqa: F401 - pages are made by it
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise MissingExtraError("serve", "the server") from None
    from searchidx.web import access_log, server
    from searchidx.web.app import create_app
    from searchidx.web.settings import Settings, is_loopback

    with server.listen(host, port) as listening:
        here = is_loopback(listening.getsockname()[0])
        token = None if token_file is None else _token(Path(token_file))
        made = token is None and not here and not no_auth
        settings = Settings(
            index=index,
            host=host,
            names=frozenset(names),
            token=secrets.token_urlsafe(24) if made else token,
            rate=rate if rate is not None or here else ELSEWHERE_RATE,
            seconds=seconds,
            log_queries=log_queries,
        )
        app = create_app(settings)
        talk(f"searchidx: {server.address(host, listening)} until Ctrl-C")
        if made:
            talk(f"searchidx: the token is {settings.token} (a browser asks for it as the password of any user)")
        access_log.begin()
        server.server_of(app, settings).run([listening])


def _token(file: Path) -> str:
    """The token in a file; `ServerError` where it is none."""
    try:
        token = file.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise ServerError(f"{file}: no token can be read: {getattr(error, 'strerror', None) or error}") from None
    if len(token) < _SHORTEST_TOKEN or not token.isprintable() or " " in token:
        raise ServerError(
            f"{file}: a token is one word of {_SHORTEST_TOKEN} characters at least: "
            "python -c 'import secrets; print(secrets.token_urlsafe())' makes one"
        )
    return token
