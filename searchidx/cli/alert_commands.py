"""Commands for saved searches that report new hits: alert add, list, show, run, remove."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from searchidx.cli.command import (
    Command,
    CommandGroup,
    complete_with,
    fail,
    format_option,
    index_option,
    limit_option,
    open_archive,
    query_argument,
    workspace_option,
)
from searchidx.cli.output import color_option, print_lines, print_message, write_data

if TYPE_CHECKING:
    from searchidx.alerts import AlertRun
    from searchidx.workspace.alert_run import Found


@click.group(cls=CommandGroup, short_help="Save searches that report new hits.")
def alert() -> None:
    """Save searches that report each article that matches, once: by mail, webhook, command, file or feed."""


_alert_argument = click.argument("name", shell_complete=complete_with("alerts"))


@alert.command(
    cls=Command,
    group="alert",
    short_help="Save a search as an alert.",
    allows_dashes=True,
    examples=[
        """searchidx alert add strait '"Taiwan Strait"'""",
        "searchidx alert add nato nato --every day --mail me@example.org --mail-from me@example.org "
        "--smtp smtps://me@mail.example.org --smtp-password-file mail.txt",
        """searchidx alert add rates 'headline:rates' --webhook https://example.org/hook --secret-file secret.txt""",
        """searchidx alert add baltic 'baltic' --command 'notify-send baltic' --feed baltic.atom""",
    ],
)
@_alert_argument
@query_argument
@click.option("--every", metavar="TIME", help="Run it at most every hour, day, week, or such as 30m, 12h, 2d.")
@click.option("--on-build", is_flag=True, help="Run it after every build. This is the default.")
@click.option(
    "--group-similar",
    "similar",
    type=click.FloatRange(min=0, max=1, min_open=True),
    metavar="T",
    help="Group articles of one delivery whose bodies have a similarity of at least T.",
)
@click.option("--stdout", is_flag=True, help="Print a digest. This is the default.")
@click.option("--jsonl", is_flag=True, help="Print a line of JSON for each article.")
@click.option("--file", "file", type=click.Path(), help="Append a line of JSON for each article to a file.")
@click.option("--feed", "feed", type=click.Path(), help="Write an Atom feed of the last 100 articles.")
@click.option(
    "--command", metavar="LINE", help="Run a command with the digest as JSON on standard input, without a shell."
)
@click.option("--webhook", metavar="URL", help="POST the digest as JSON to an https address.")
@click.option("--secret-file", type=click.Path(), help="Sign what a webhook gets with the secret in this file.")
@click.option("--mail", "to", multiple=True, metavar="ADDRESS", help="Send a mail. Repeatable.")
@click.option("--mail-from", "sender", metavar="ADDRESS", help="Sender of the mail.")
@click.option(
    "--smtp", "server", metavar="URL", help="Mail server: smtps://USER@HOST, or smtp://HOST:587 with STARTTLS."
)
@click.option("--smtp-password-file", "password_file", type=click.Path(), help="File with the password of USER.")
@click.option("--smtp-ca", "ca_file", type=click.Path(), help="Certificate authority of the mail server.")
@index_option
@workspace_option
def add(
    name: str, query: str, every: str | None, on_build: bool, similar: float | None, index: str, **settings: Any
) -> None:
    """Save QUERY as the alert NAME.

    It reports articles that match from now on. What matches already is never reported.
    """
    from searchidx.alerts.deliveries import check_target
    from searchidx.render.terminal import pluralize

    if every is not None and on_build:
        raise click.UsageError("give --every or --on-build, not both")
    targets = _targets(**settings)
    for target in targets:
        check_target(name, target)
    with open_archive(index) as archive:
        try:
            known = archive.add_alert(name, query, targets=targets, every=every, group_similar=similar)
        except ValueError as error:
            fail(str(error))
    print_message(f"added {name}; {pluralize(known, 'article')} that already match will not be reported")


def _targets(
    stdout: bool, jsonl: bool, file: str | None, feed: str | None, command: str | None, webhook: str | None,
    secret_file: str | None, to: tuple[str, ...], sender: str | None, server: str | None, password_file: str | None,
    ca_file: str | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The targets that the options name; paths are made absolute, since alerts run in other folders."""
    import shlex

    targets: list[dict[str, Any]] = []
    if file is not None:
        targets.append({"kind": "file", "path": os.path.abspath(file)})
    if feed is not None:
        targets.append({"kind": "feed", "path": os.path.abspath(feed)})
    if command is not None:
        try:
            targets.append({"kind": "command", "arguments": shlex.split(command)})
        except ValueError as error:
            raise click.UsageError(f"--command: {error}") from None
    if webhook is not None:
        secret = {} if secret_file is None else {"secret_file": os.path.abspath(secret_file)}
        targets.append({"kind": "webhook", "url": webhook, **secret})
    elif secret_file is not None:
        raise click.UsageError("--secret-file needs --webhook")
    if to:
        if sender is None or server is None:
            raise click.UsageError("--mail needs --mail-from and --smtp")
        files = {"password_file": password_file, "ca_file": ca_file}
        paths = {key: os.path.abspath(path) for key, path in files.items() if path is not None}
        targets.append({"kind": "mail", "to": list(to), "sender": sender, "server": server, **paths})
    if stdout or jsonl or not targets:
        targets.append({"kind": "stdout", "format": "jsonl" if jsonl else "text"})
    return targets


@alert.command(
    "list",
    cls=Command,
    group="alert",
    short_help="List all alerts.",
    examples=[
        "searchidx alert add strait taiwan; searchidx alert list",
        "searchidx alert add strait taiwan; searchidx alert list --json",
    ],
)
@format_option("json", "Print JSON.")
@index_option
@workspace_option
def list_alerts(index: str, output_format: str | None) -> None:
    """List all alerts: query, interval, last run, articles reported, deliveries still to be made."""
    from searchidx.render.alert_tables import alert_lines, alerts_json

    with open_archive(index) as archive:
        alerts = archive.workspace.alerts.all()
    if output_format == "json":
        from searchidx.render.serialize import json_line

        write_data([json_line(alerts_json(alerts))])
    else:
        print_lines(alert_lines(alerts), is_plain=True)
    sys.exit(0 if alerts else 1)


@alert.command(
    cls=Command,
    group="alert",
    short_help="List what an alert has reported.",
    examples=[
        "searchidx alert add strait taiwan; searchidx alert show strait",
    ],
)
@_alert_argument
@limit_option("List at most N articles.")
@format_option("json", "Print JSON.")
@format_option("ids", "Print the id of each article.")
@index_option
@workspace_option
@color_option
def show(name: str, limit: int | None, index: str, output_format: str | None) -> None:
    """Describe the alert NAME, and list the articles that it has reported, the latest first."""
    from searchidx.render.alert_tables import alert_lines, alerts_json, match_lines

    with open_archive(index) as archive:
        alerts = archive.workspace.alerts
        found = alerts.get(name)
        matches = alerts.matches(name, limit)
        if output_format == "ids":
            write_data(match.id for match in matches)
        elif output_format == "json":
            from searchidx.render.serialize import json_line

            write_data([json_line({**alerts_json([found]), "matches": [match._asdict() for match in matches]})])
        else:
            print_lines([*alert_lines([found]), *match_lines(matches, archive)], is_plain=True)


@alert.command(
    cls=Command,
    group="alert",
    runs_long=True,
    short_help="Run alerts now.",
    examples=[
        "searchidx alert add strait taiwan; searchidx alert run strait",
        "searchidx alert add strait taiwan; searchidx alert run --dry-run",
    ],
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_with("alerts"))
@click.option("--dry-run", is_flag=True, help="Print what would be reported; record and deliver nothing.")
@index_option
@workspace_option
def run(names: tuple[str, ...], dry_run: bool, index: str) -> None:
    """Run the alerts that are due, or the named ones, and make deliveries that failed before."""
    from searchidx.alerts import run as run_alerts

    with open_archive(index) as archive:
        done = run_alerts(archive, names, dry_run=dry_run)
    if dry_run:
        from searchidx.render.digest import text_digest

        for found in done.found:
            if found.articles:
                print_lines(text_digest(found.payload), is_plain=True)
    _report_run(done)
    sys.exit(2 if done.failures else 0)


@alert.command(
    cls=Command,
    group="alert",
    short_help="Remove an alert.",
    examples=[
        "searchidx alert add strait taiwan; searchidx alert remove strait",
    ],
)
@_alert_argument
@index_option
@workspace_option
def remove(name: str, index: str) -> None:
    """Remove the alert NAME with all it knows."""
    with open_archive(index) as archive:
        if not archive.workspace.alerts.remove(name):
            print_message(f"searchidx: there is no alert {name!r}: 'searchidx alert list' lists all")
            sys.exit(1)
    print_message(f"removed {name}")


def run_alerts_after_build(index: str, to_stderr: bool) -> None:
    """Run the alerts that are due after a build; failures are reported and leave the build successful."""
    from searchidx.alerts import run as run_alerts
    from searchidx.errors import SearchidxError

    try:
        with open_archive(index) as archive:
            done = run_alerts(archive, out=sys.stderr if to_stderr else None)
    except SearchidxError as error:
        print_message(f"searchidx: the alerts did not run: {error}")
        return
    if done.found or done.failures:
        _report_run(done)


def _report_run(done: AlertRun) -> None:
    from searchidx.render.terminal import pluralize

    for name, reason in done.failures:
        print_message(f"searchidx: alert {name}: {reason}; the next run tries again")
    count = sum(_count(found) for found in done.found)
    ran = pluralize(len(done.found), "alert")
    print_message(
        f"{ran} ran: {pluralize(count, 'article')} found; {pluralize(done.delivered, 'delivery', 'deliveries')} made"
    )


def _count(found: Found) -> int:
    return sum(1 + len(article["similar"]) for article in found.articles)
