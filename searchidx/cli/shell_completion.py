"""Completion for bash, zsh and fish: commands, options, fields of a query and their values, ids.

The script of a shell calls this program with the command line up to the cursor. The program prints a line for each
completion: type, value and description, separated by tabs. If it fails, nothing is completed and nothing is printed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

from searchidx.cli.choices import FACETS

if TYPE_CHECKING:
    from searchidx.archive import Archive

MAX_COMPLETIONS = 200
_DATES = ("today", "yesterday", "none", '"last week"', '"last month"', '"last 30 days"')
_PRECISIONS = ("day", "month", "year")
_FIELD_VALUE = re.compile(r'(?:^|(?<=[\s(\-]))([A-Za-z]+):("[^"]*|[^\s()"]*)$')
_FIELD_NAME = re.compile(r"(?:^|(?<=[\s(\-]))([a-z]*)$")

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
    """Completion in any shell: splits the command line itself, and completes nothing after an error."""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, last, _, _ = typed_words(os.environ.get("SEARCHIDX_LINE", ""))
        return words[1:], last

    def format_completion(self, item: CompletionItem[str]) -> str:
        about = " ".join((item.help or "").split())
        return f"{item.type}\t{self.quote(item.value) if item.type == 'plain' else ''}\t{about}"

    def quote(self, value: str) -> str:
        """Return the text that replaces the word at the cursor; zsh and fish quote it themselves."""
        return value

    def complete(self) -> str:
        try:
            return super().complete()
        except Exception:  # no error may disturb a person who types
            return ""


class _Bash(_Completion):
    """Completion in bash, which replaces the text after the last word break or open quote, and quotes nothing."""

    name = "bash"
    source_template = _BASH

    def quote(self, value: str) -> str:
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


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}

for _shell in SHELLS.values():
    add_completion_class(_shell)


def typed_words(line: str, breaks: str = "") -> tuple[list[str], str, str, str]:
    """Split a command line as shells do.

    Args:
        line: the command line up to the cursor.
        breaks: the characters at which bash breaks words.

    Returns:
        The words before the last, the last word, its open quote, and the part of it that bash keeps: the text before
        the open quote or up to the last word break.
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


def _open_archive(ctx: click.Context) -> Archive:
    from searchidx.archive import open as open_archive
    from searchidx.cli.command import WORKSPACE

    indexes = ctx.params.get("index") or "index"
    return open_archive(*([indexes] if isinstance(indexes, str) else indexes), workspace=ctx.meta.get(WORKSPACE))


def folders(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Complete folders; the shell finds them."""
    return [CompletionItem(incomplete, type="dir")]


def files(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Complete files; the shell finds them."""
    return [CompletionItem(incomplete, type="file")]


def labels(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Complete names of labels."""
    with _open_archive(ctx) as archive:
        names = [label.name for label in archive.workspace.labels.all()]
    return [CompletionItem(name) for name in names if name.casefold().startswith(incomplete.casefold())]


def alerts(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Complete names of alerts."""
    with _open_archive(ctx) as archive:
        names = [alert.name for alert in archive.workspace.alerts.all()]
    return [CompletionItem(name) for name in names if name.casefold().startswith(incomplete.casefold())]


def ids(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Complete ids of articles."""
    return [CompletionItem(id) for id in islice(_ids(ctx, incomplete), MAX_COMPLETIONS)]


def queries(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the last word of a query: to the name of a field or, after `field:`, to one of its values."""
    found = _FIELD_VALUE.search(incomplete)
    if found and incomplete[: found.start()].count('"') % 2 == 0:
        field, prefix = found[1], found[2]
        kept = incomplete[: found.start(2)]
        values = islice(_values(ctx, field, prefix.removeprefix('"')), MAX_COMPLETIONS)
        return [CompletionItem(kept + value) for value in values]
    found = _FIELD_NAME.search(incomplete)
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


def _values(ctx: click.Context, field: str, prefix: str) -> Iterator[str]:
    """Yield the values of a field with a prefix, most frequent first; values of several words are quoted."""
    from searchidx.schema import ALIASES

    field = ALIASES.get(field.lower(), field)
    if field == "id":
        yield from _ids(ctx, prefix)
        return
    values: Iterable[str] = ()
    if field == "precision":
        values = _PRECISIONS
    elif field == "date":
        values = (*_DATES, *sorted(_facet(ctx, "year"), reverse=True))
    elif field in FACETS:
        values = _facet(ctx, field)
    for value in values:
        bare = value.strip('"')
        if bare.casefold().startswith(prefix.casefold()) and '"' not in bare:
            yield bare if re.fullmatch(r"[\w-]+", bare) else f'"{bare}"'


def _facet(ctx: click.Context, field: str) -> list[str]:
    if field == "label":
        return [item.value for item in labels(ctx, "")]
    with _open_archive(ctx) as archive:
        return [each.value for each in archive.facet("*", field).values]


def _ids(ctx: click.Context, prefix: str) -> Iterator[str]:
    with _open_archive(ctx) as archive:
        yield from (term.decode() for term in archive.index.reader().expand_prefix("id", prefix))
