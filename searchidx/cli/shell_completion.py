"""Completion for bash, zsh and fish: commands, options, the fields of a query and their values, ids.

The script of a shell gives us the command line as it was typed up to the cursor, and gets a line for each completion:
its type, its value, what is to be said of it, parted by tabs. It calls the same program; where that fails, nothing is
completed and nothing said.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

from searchidx.cli.command import Command

__all__ = ["completion", "folders", "ids", "queries"]

MOST = 200
"""So many values are offered at most."""
_FACETS = ("source", "section", "language", "byline", "keyword")
_DATES = ("today", "yesterday", "none", '"last week"', '"last month"', '"last 30 days"')
_PRECISIONS = ("day", "month", "year")
_VALUE = re.compile(r'(?:^|(?<=[\s(\-]))([A-Za-z]+):("[^"]*|[^\s()"]*)$')
_NAME = re.compile(r"(?:^|(?<=[\s(\-]))([a-z]*)$")

_BASH = r"""%(complete_func)s() {
    local type value about
    COMPREPLY=()
    while IFS=$'\t' read -r type value about; do
        case $type in
            "") ;;
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            *) COMPREPLY+=("$value"); [[ $value == *: ]] && compopt -o nospace 2>/dev/null ;;
        esac
    done < <(SEARCHIDX_LINE="${COMP_LINE:0:COMP_POINT}" SEARCHIDX_BREAKS="$COMP_WORDBREAKS" \
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""
_ZSH = r"""#compdef %(prog_name)s
%(complete_func)s() {
    local -a values shown fields
    local type value about
    while IFS=$'\t' read -r type value about; do
        case $type in
            "") ;;
            dir) _path_files -/ ;;
            file) _path_files ;;
            *)
                if [[ $value == *: ]]; then
                    fields+=("$value")
                else
                    values+=("$value")
                    shown+=("$value${about:+  -- $about}")
                fi ;;
        esac
    done < <(SEARCHIDX_LINE="${(j: :)words[1,CURRENT]}" %(complete_var)s=zsh_complete "${words[1]}" 2>/dev/null)
    (( $#fields )) && compadd -U -S '' -V fields -a fields
    (( $#values )) && compadd -U -l -V values -d shown -a values
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = r"""function %(complete_func)s
    set -lx SEARCHIDX_LINE (commandline -cp | string collect)
    set -lx %(complete_var)s fish_complete
    for line in (%(prog_name)s 2>/dev/null)
        set -l item (string split \t -- $line)
        switch $item[1]
            case ''
            case dir
                __fish_complete_directories (commandline -ct)
            case file
                __fish_complete_path (commandline -ct)
            case '*'
                printf '%%s\t%%s\n' $item[2] "$item[3]"
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Completion(ShellComplete):
    """What the shells share: words are told apart here, not by the shell; errors complete nothing."""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, last, _, _ = typed_words(os.environ.get("SEARCHIDX_LINE", ""))
        return words[1:], last

    def format_completion(self, item: CompletionItem[str]) -> str:
        about = " ".join((item.help or "").split())
        return f"{item.type}\t{self.inserted(item.value) if item.type == 'plain' else ''}\t{about}"

    def inserted(self, value: str) -> str:
        """What takes the place of the word at the cursor; zsh and fish quote it as it has to be."""
        return value

    def complete(self) -> str:
        try:
            return super().complete()
        except Exception:  # whatever it is, a person who types is not told
            return ""


class _Bash(_Completion):
    """Bash replaces what stands after the last of its word breaks, or after an open quote, and quotes nothing."""

    name = "bash"
    source_template = _BASH

    def inserted(self, value: str) -> str:
        breaks = os.environ.get("SEARCHIDX_BREAKS", " \t\n\"'><=;|&(:")
        _, _, quote, kept = typed_words(os.environ.get("SEARCHIDX_LINE", ""), breaks)
        rest = value[len(kept) :] if value.lower().startswith(kept.lower()) else value
        if quote == "'":
            return rest.replace("'", "'\\''")
        return re.sub(r'(["\\$`])' if quote else r"([^\w./@%+,:=~-])", r"\\\1", rest)


class _Zsh(_Completion):
    name = "zsh"
    source_template = _ZSH


class _Fish(_Completion):
    name = "fish"
    source_template = _FISH


for _kind in (_Bash, _Zsh, _Fish):
    add_completion_class(_kind)


def typed_words(line: str, breaks: str = "") -> tuple[list[str], str, str, str]:
    """A command line as shells read it: whole words, the last one, the quote open in it, and what bash keeps of it.

    That is what stands before the open quote, or up to the last of its word breaks.
    """
    words: list[str] = []
    word, quote, kept, started = "", "", "", False
    characters = iter(line)
    for char in characters:
        if char == "\\" and quote != "'":
            escaped = next(characters, "")
            word += escaped if not quote or escaped in '"\\$`' else char + escaped
            started = True
        elif quote:
            if char == quote:
                quote, kept = "", word
            else:
                word += char
        elif char in "'\"":
            quote, kept, started = char, word, True
        elif char.isspace():
            if started:
                words.append(word)
            word, kept, started = "", "", False
        else:
            word, started = word + char, True
            if char in breaks:
                kept = word
    return words, word, quote, kept


def folders(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Whatever folders the shell knows."""
    return [CompletionItem(incomplete, type="dir")]


def ids(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """The ids that begin so."""
    return [CompletionItem(id) for id in islice(_ids(ctx, incomplete), MOST)]


def queries(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """The query with its last word completed: to the name of a field, or after `field:` to a value of it."""
    found = _VALUE.search(incomplete)
    if found and incomplete[: found.start()].count('"') % 2 == 0:
        field, begun = found[1], found[2]
        kept = incomplete[: found.start(2)]
        values = islice(_values(ctx, field, begun.removeprefix('"')), MOST)
        return [CompletionItem(kept + value) for value in values]
    found = _NAME.search(incomplete)
    if found and incomplete.count('"') % 2 == 0:
        from searchidx.schema import ALIASES, FIELDS

        kept = incomplete[: found.start(1)]
        names = dict.fromkeys(ALIASES) if found[1] else dict.fromkeys(name for name in FIELDS if name in ALIASES)
        return [
            CompletionItem(f"{kept}{name}:", help=FIELDS[ALIASES[name]].holds)
            for name in names
            if name.startswith(found[1])
        ]
    return []


def _values(ctx: click.Context, field: str, begun: str) -> Iterator[str]:
    """The values of a field that begin so, the most frequent first, quoted where they are more than one word."""
    from searchidx.schema import ALIASES

    field = ALIASES.get(field.lower(), field)
    if field == "id":
        yield from _ids(ctx, begun)
        return
    every: Iterable[str] = ()
    if field == "precision":
        every = _PRECISIONS
    elif field == "date":
        every = (*_DATES, *sorted(_facet(ctx, "year"), reverse=True))
    elif field in _FACETS:
        every = _facet(ctx, field)
    for value in every:
        bare = value.strip('"')
        if bare.casefold().startswith(begun.casefold()) and '"' not in bare:
            yield bare if re.fullmatch(r"[\w-]+", bare) else f'"{bare}"'


def _facet(ctx: click.Context, field: str) -> list[str]:
    from searchidx.archive import open as open_archive

    with open_archive(ctx.params.get("index") or "index") as archive:
        return [each.value for each in archive.facet("*", field).values]


def _ids(ctx: click.Context, begun: str) -> Iterator[str]:
    from searchidx.archive import open as open_archive

    with open_archive(ctx.params.get("index") or "index") as archive:
        yield from (term.decode() for term in archive.index.reader().expand_prefix("id", begun))


@click.command(
    cls=Command,
    short_help="Let a shell complete commands, fields and values.",
    examples=[
        "searchidx completion bash > searchidx.bash",
        "searchidx completion fish | head -1",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, options, fields, their values, and ids.

    In ~/.bashrc: source <(searchidx completion bash); in ~/.zshrc, below compinit: source <(searchidx completion zsh);
    for fish: searchidx completion fish > ~/.config/fish/completions/searchidx.fish
    """
    from searchidx.cli import COMPLETE, main
    from searchidx.cli.output import data

    kinds: dict[str, type[_Completion]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}
    data([kinds[shell](main, {}, "searchidx", COMPLETE).source()], end="")
