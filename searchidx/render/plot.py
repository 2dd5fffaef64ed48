"""A timeline as a plot that one can publish: SVG, whose text stays text, or PNG.

The same timeline gives the same bytes. Nothing is told by colour alone: of several queries each has a line of its own
kind, with marks of its own. What cannot be drawn at a place in time, undated articles above all, is said in words.
Needs matplotlib, the extra `plot`.
"""

from __future__ import annotations

import io
import math
import os
import textwrap
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from searchidx.counts import Period, Timeline
from searchidx.errors import MissingExtraError, OutputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch

__all__ = ["write_plot"]

_WIDTH, _HEIGHT = 7.2, 3.4
"""Inches, without what is written above."""
_LINE = 0.2
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
        fonts = [name for name in _FONTS if name in installed]
        mpl.rcParams.update({**_SETTINGS, "font.family": fonts})  # type: ignore[arg-type]
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
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    labels = [_label(timeline, number) for number in range(len(timeline.queries))]
    lines = sum(label.count("\n") + 1 for label in labels)
    figure = Figure(figsize=(_WIDTH, _HEIGHT + _LINE * lines))
    axes = figure.add_subplot()
    unit = "occurrences" if timeline.counted == "words" else "articles"
    per = f"per 1,000 articles of the {timeline.by}" if share else f"per {timeline.by}"
    axes.set_ylabel(f"{unit} {per}")
    axes.set_xlabel(f"{timeline.by} of publication")
    handles = _draw(axes, timeline, share)
    legend = figure.legend(handles, ["."] * len(labels), loc="outside upper left", frameon=False, borderpad=0.2)
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_text(label)  # now: a label that begins with _ would be left out
    periods = timeline.periods
    axes.set_xlim(-0.5, max(len(periods), 1) - 0.5)
    axes.set_ylim(bottom=0)
    if not any(count for period in periods for count in period.counts):
        axes.set_ylim(top=1)
    if not periods:
        axes.text(0, 0.5, "nothing that is dated to a period", ha="center", va="center", color="#595959")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=not share))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ticks = _ticks(timeline)
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    if len(periods) <= 2 * _LABELS:
        axes.set_xticks(range(len(periods)), minor=True)
    return figure


def _draw(axes: Axes, timeline: Timeline, share: bool) -> list[Line2D | StepPatch]:
    """The counts of one query as areas over its periods; of several as lines. Where nothing was published is a gap."""
    series = [
        [
            math.nan if share and not period.corpus else period.shares[number] if share else period.counts[number]
            for period in timeline.periods
        ]
        for number in range(len(timeline.queries))
    ]
    places = range(len(timeline.periods))
    if len(series) == 1:
        edges = [place - 0.5 for place in (*places, len(places))]
        return [axes.stairs(series[0], edges, fill=True, color=_COLORS[0], linewidth=0.4, edgecolor="white")]
    handles: list[Line2D | StepPatch] = []
    every = max(1, len(places) // _MARKS)
    for number, values in enumerate(series):
        (line,) = axes.plot(
            places,
            values,
            color=_COLORS[number % len(_COLORS)],
            linestyle=_STYLES[number % len(_STYLES)],
            marker=_MARKERS[number % len(_MARKERS)],
            markevery=(number * every // len(series), every),
            clip_on=False,
        )
        handles.append(line)
    return handles


def _label(timeline: Timeline, number: int) -> str:
    """A query, what it finds in all, and what of that is not drawn."""
    query = "".join(char if char.isprintable() else " " for char in timeline.queries[number])
    lines = textwrap.wrap(query, _COLUMNS, max_lines=_LINES, placeholder=" …") or [""]
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
    for begins, length in _levels():
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
