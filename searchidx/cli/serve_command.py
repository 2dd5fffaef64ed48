"""The command that serves the archive over HTTP: serve."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from searchidx.cli.command import Command, explicit_value, indexes_option
from searchidx.cli.output import print_message
from searchidx.errors import MissingExtraError, ServerError

REMOTE_RATE = 20.0
"""The default limit for clients on other machines, in requests per second."""
_MIN_TOKEN_LENGTH = 16
"""The least characters of a token."""


@click.command(
    cls=Command,
    runs_long=True,
    short_help="Serve the archive to browsers and programs.",
    examples=[
        "searchidx serve",
        "searchidx serve --index ~/archive/index --port 8080",
        "searchidx serve --index ~/2022/index --index ~/2023/index",
        "searchidx serve --workspace index.workspace",
        "searchidx serve --host 0.0.0.0 --allow-host archive.example --token-file token.txt",
    ],
)
@indexes_option
@click.option(
    "--workspace",
    metavar="FILE",
    envvar="SEARCHIDX_WORKSPACE",
    help="File with labels, notes and alerts. Given here, and not in settings or a variable, clients may change it.  "
    "[default: DIR.workspace, read only]",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="Port to listen on; 0 takes any free port.",
)
@click.option(
    "--allow-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="Host name that requests may use, in addition to IP addresses and localhost. Repeatable.",
)
@click.option(
    "--token-file",
    type=click.Path(),
    metavar="FILE",
    help="Require the token in FILE. Without this option, a token is generated if other machines can connect.",
)
@click.option("--no-auth", is_flag=True, help="Answer all clients without a token.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Answer at most N requests per second of each client.  "
    f"[default: no limit on this machine, {REMOTE_RATE:g} elsewhere]",
)
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Time limit for one request.",
)
@click.option("--log-queries", is_flag=True, help="Include queries in the log.")
def serve(
    index: tuple[str, ...],
    workspace: str | None,
    host: str,
    port: int,
    names: tuple[str, ...],
    token_file: str | None,
    no_auth: bool,
    rate: float | None,
    seconds: float,
    log_queries: bool,
) -> None:
    """Serve the archive to browsers and programs over HTTP, until Ctrl-C.

    Pages are at /, the API is at /api/v1. New commits show at once. By default, only this machine can connect; with
    another --host, clients need a token.
    """
    can_write = explicit_value("workspace", workspace) is not None
    if no_auth and token_file is not None:
        raise click.UsageError("give --no-auth or --token-file, not both")
    try:
        import jinja2  # noqa: F401 - checks that it is installed
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise MissingExtraError("serve", "the server") from None
    from searchidx.loopback import is_loopback
    from searchidx.web import access_log, server
    from searchidx.web.app import create_app
    from searchidx.web.settings import Settings

    with server.listen(host, port) as listening:
        is_local = is_loopback(listening.getsockname()[0])
        token = None if token_file is None else _read_token(Path(token_file))
        if can_write and no_auth and not is_local:
            raise click.UsageError("--workspace lets clients write, so other machines need a token: omit --no-auth")
        is_generated = token is None and not is_local and not no_auth
        settings = Settings(
            indexes=index,
            host=host,
            allowed_hosts=frozenset(names),
            token=secrets.token_urlsafe(24) if is_generated else token,
            rate=rate if rate is not None or is_local else REMOTE_RATE,
            timeout=seconds,
            log_queries=log_queries,
            workspace=workspace,
            can_write=can_write,
        )
        app = create_app(settings)
        print_message(f"searchidx: {server.base_url(host, listening)} until Ctrl-C")
        if is_generated:
            print_message(f"searchidx: the token is {settings.token} (in a browser: the password, with any user name)")
        access_log.configure_logging()
        server.create_server(app, settings).run([listening])


def _read_token(file: Path) -> str:
    """Read the token in a file; `ServerError` for an unreadable or weak one."""
    try:
        token = file.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise ServerError(f"{file}: cannot read the token: {getattr(error, 'strerror', None) or error}") from None
    if len(token) < _MIN_TOKEN_LENGTH or not token.isprintable() or " " in token:
        raise ServerError(
            f"{file}: a token must be one word of at least {_MIN_TOKEN_LENGTH} characters: "
            "python -c 'import secrets; print(secrets.token_urlsafe())' makes one"
        )
    return token
