"""A timeline as a plot that one can publish: SVG, whose text stays text, or PNG.

The same timeline gives the same bytes. Nothing is told by colour alone: of several queries each has a line of its own
kind, with marks of its own, or a panel. What has no place in time, undated articles above all, is said in words. Needs
matplotlib, the extra `plot`.
"""

from __future__ import annotations

import io
import math
import os
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from searchidx.errors import MissingExtraError, OutputError
from searchidx.search.aggregations import Period, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["write_plot"]

_WIDTH, _HEIGHT, _PANEL = 7.2, 3.2, 1.8
"""Inches: of the plot, of one panel, of one of several, what is written above them not counted."""
_LINE = 0.2
_FEW, _LOOSE = 8, 168
"""Fewer periods do not fill the width. The lines of more would tangle."""
_COLUMNS, _LINES = 84, 4
"""A query is written out to so many characters a line, and so many lines."""
_LABELS = 84
"""So many characters stand side by side below the axis."""
_MARKS = 30
"""A line has about so many marks."""

# Told apart by whoever sees no difference of red and green (Okabe and Ito), and in print without colour.
_COLORS = ("#0072b2", "#d55e00", "#000000", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLES = ("-", "--", ":", "-.")
_MARKERS = ("o", "s", "^", "D", "v", "x", "P")

# Those of the fonts that are installed take what the first has no letters for.
_FONTS = ("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Source Han Sans",
          "WenQuanYi Zen Hei", "IPAexGothic", "IPAGothic", "Microsoft YaHei", "PingFang SC", "Malgun Gothic",
          "Apple SD Gothic Neo", "Noto Sans Thai", "Noto Sans Arabic", "Noto Sans Devanagari", "Arial Unicode MS",
          "Unifont")  # fmt: skip
_SETTINGS: dict[str, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "searchidx",
    "text.parse_math": False,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
}
_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def write_plot(timeline: Timeline, path: Path, share: bool = False) -> None:
    """Plot a timeline to a file, SVG or PNG by its suffix; with `share`, counts per thousand articles of each period.

    ValueError for another suffix, `MissingExtraError` without matplotlib, `OutputError` where the file cannot be
    written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("svg", "png"):
        raise ValueError(f"a plot is written to a file that ends in .svg or .png, not to {path}")
    try:
        import matplotlib as mpl
        from matplotlib import font_manager
    except ImportError:
        raise MissingExtraError("plot", "a plot") from None
    installed = set(font_manager.get_font_names())
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # not what a person set for other plots
        settings: Any = {**_SETTINGS, "font.family": [name for name in _FONTS if name in installed]}
        mpl.rcParams.update(settings)
        warnings.filterwarnings("ignore", "Glyph .* missing")  # no font for it: a box is drawn
        made = io.BytesIO()
        about = {"Date": None, "Creator": "searchidx"} if kind == "svg" else {"Software": "searchidx"}
        _figure(timeline, share).savefig(made, format=kind, metadata=about)
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_bytes(made.getvalue())
        os.replace(new, path)
    except OSError as error:
        raise OutputError(path, f"the plot cannot be written to {path}: {error.strerror or error}") from error


def _figure(timeline: Timeline, share: bool) -> Figure:
    """One query as areas over its periods; several as lines together or, where those would tangle, in panels."""
    from matplotlib.figure import Figure

    labels = [_label(timeline, number) for number in range(len(timeline.queries))]
    together = len(labels) > 1 and len(timeline.periods) <= _LOOSE
    panels = 1 if together else len(labels)
    lines = sum(label.count("\n") + 1 for label in labels)
    height = _HEIGHT if panels == 1 else _PANEL * panels
    figure = Figure(figsize=(_WIDTH, height + _LINE * lines))
    every_axes = list(figure.subplots(panels, sharex=True, sharey=True, squeeze=False).flat)
    for axes in every_axes:
        _prepare(axes, timeline, share)
    unit = "occurrences" if timeline.counted == "words" else "articles"
    counted = f"{unit} per {f'1,000 articles of the {timeline.by}' if share else timeline.by}"
    every_axes[-1].set_xlabel(f"{timeline.by} of publication")
    if panels == 1:
        every_axes[0].set_ylabel(counted)
    else:
        figure.supylabel(counted, fontsize="medium")
    if together:
        handles = _lines(every_axes[0], timeline, share)
        legend = figure.legend(handles, ["."] * len(labels), loc="outside upper left", frameon=False, borderpad=0.2)
        for text, label in zip(legend.get_texts(), labels, strict=True):
            text.set_text(label)  # now: a label that begins with _ would be left out
    else:
        for number, (axes, label) in enumerate(zip(every_axes, labels, strict=True)):
            axes.set_title(label, loc="left", fontsize="medium")
            edges = [place - 0.5 for place in range(len(timeline.periods) + 1)]
            # The edge lets a single day among thousands be seen.
            color = _COLORS[number % len(_COLORS)]
            axes.stairs(_values(timeline, number, share), edges, fill=True, facecolor=color, edgecolor=color, lw=0.5)
    every_axes[0].set_ylim(bottom=0, top=None if any(map(any, (each.counts for each in timeline.periods))) else 1)
    return figure


def _prepare(axes: Axes, timeline: Timeline, share: bool) -> None:
    """The axes: periods from left to right, counts from zero up."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    periods = timeline.periods
    margin = max(0.0, (_FEW - len(periods)) / 2)
    axes.set_xlim(-0.5 - margin, len(periods) - 0.5 + margin)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=not share))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ticks = _ticks(timeline)
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    if len(periods) <= _LOOSE:
        axes.set_xticks(range(len(periods)), minor=True)
    if not periods:
        axes.text(0.5, 0.5, "nothing that has a date", ha="center", va="center", transform=axes.transAxes)


def _lines(axes: Axes, timeline: Timeline, share: bool) -> list[Line2D]:
    """A line for each query: no two of the same kind, each with marks of its own, not at the same places."""
    handles: list[Line2D] = []
    every = max(1, len(timeline.periods) // _MARKS)
    for number in range(len(timeline.queries)):
        handles += axes.plot(
            _values(timeline, number, share),
            color=_COLORS[number % len(_COLORS)],
            linestyle=_STYLES[number % len(_STYLES)],
            marker=_MARKERS[number % len(_MARKERS)],
            markevery=(number * every // len(timeline.queries), every),
            clip_on=False,
        )
    return handles


def _values(timeline: Timeline, number: int, share: bool) -> list[float]:
    """What one query has in each period; of a period in which nothing was published, no share."""
    if not share:
        return [period.counts[number] for period in timeline.periods]
    return [period.shares[number] if period.corpus else math.nan for period in timeline.periods]


def _label(timeline: Timeline, number: int) -> str:
    """A query, what it finds in all, and what of that is not drawn."""
    query = "".join(char if char.isprintable() else " " for char in timeline.queries[number])
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in query)
    columns = _COLUMNS * len(query) // (len(query) + wide) if query else _COLUMNS
    lines = textwrap.wrap(query, columns, max_lines=_LINES, placeholder=" …") or [""]
    counted = "occurrences" if timeline.counted == "words" else "articles"
    text = f"{timeline.totals[number]:,} {counted}"
    left = [
        f"{count:,} {what}"
        for count, what in (
            (timeline.undated[number], "undated"),
            (timeline.imprecise[number], f"dated to no single {timeline.by}"),
        )
        if count
    ]
    return "\n".join((*lines, f"{text}; not drawn: {', '.join(left)}" if left else text))


def _ticks(timeline: Timeline) -> list[tuple[int, str]]:
    """Where a period is named below the axis, and how: as many of them as there is room for."""
    periods = timeline.periods
    if not periods:
        return []
    room = _LABELS // (len(periods[0].name) + 2)
    if timeline.by != "year" and len(periods) <= 4 * room:
        stride = math.ceil(len(periods) / room)
        return [(at, periods[at].name) for at in range(0, len(periods), stride)]
    found: list[tuple[int, str]] = []
    for begins, length in _levels()[2 if timeline.by == "year" else 0 :]:
        found = [(at, each.start.isoformat()[:length]) for at, each in enumerate(periods) if begins(periods, at)]
        if found and len(found) <= _LABELS // (length + 2):
            break
    return found


def _levels() -> Sequence[tuple[Callable[[Sequence[Period], int], bool], int]]:
    """Whether a month, a quarter, a year, two … begins with a period, and how much of its date names that."""

    def begins(months: int) -> Callable[[Sequence[Period], int], bool]:
        def test(periods: Sequence[Period], at: int) -> bool:
            start = periods[at].start
            before = periods[at - 1].start if at else None
            here = (start.year * 12 + start.month - 1) // months
            if before is not None:
                return here != (before.year * 12 + before.month - 1) // months
            return start.day == 1 and (start.year * 12 + start.month - 1) % months == 0

        return test

    return [(begins(1), 7), (begins(3), 7), *((begins(12 * years), 4) for years in _YEARS)]
