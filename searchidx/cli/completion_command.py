"""The command completion: it prints the script of a shell."""

from __future__ import annotations

import click

from searchidx.cli.command import Command


@click.command(
    cls=Command,
    short_help="Print the completion script of a shell.",
    examples=[
        "searchidx completion bash > searchidx.bash",
        "searchidx completion fish | head -1",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script by which a shell completes commands, options, fields, values and ids.

    bash: add 'source <(searchidx completion bash)' to ~/.bashrc. zsh: add 'source <(searchidx completion zsh)' to
    ~/.zshrc, below compinit. fish: searchidx completion fish > ~/.config/fish/completions/searchidx.fish
    """
    from searchidx.cli import COMPLETION_VARIABLE, main
    from searchidx.cli.output import write_data
    from searchidx.cli.shell_completion import SHELLS

    write_data([SHELLS[shell](main, {}, "searchidx", COMPLETION_VARIABLE).source()], end="")
