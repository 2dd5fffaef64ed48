"""Plot a timeline for publication: SVG, whose text stays text, or PNG. Needs matplotlib, the extra `plot`.

Equal timelines give equal bytes. Colour is never the only distinction: each query has its own line style and markers,
or its own panel. Labels state what the plot cannot show, such as the number of undated articles.
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from searchidx.search.aggregations import Period, Timeline
    from searchidx.search.comparison import Comparison

_WIDTH, _HEIGHT, _PANEL = 7.2, 3.2, 1.8
"""Width of the plot, height of a single panel, height of one of several, in inches without labels."""
_LINE_HEIGHT = 0.2
"""Height of a line of a label, in inches."""
_MIN_PERIODS, _MAX_SHARED_PERIODS = 8, 168
"""Fewer periods leave margins. With more, queries get panels, because their lines would tangle."""
_LABEL_WIDTH, _MAX_LABEL_LINES = 84, 4
"""The most characters of a line of a query, and the most lines."""
_AXIS_WIDTH = 84
"""How many characters fit side by side below the axis."""
_MARKERS_PER_LINE = 30
"""About how many markers a line has."""

# Distinct for people with red-green colour blindness (Okabe and Ito) and, with the styles, in print without colour.
_COLORS = ("#0072b2", "#d55e00", "#000000", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLES = ("-", "--", ":", "-.")
_MARKERS = ("o", "s", "^", "D", "v", "x", "P")

# The installed ones of these fonts supply the letters that the first lacks.
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
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def write_plot(timeline: Timeline, path: Path, share: bool = False) -> None:
    """Plot a timeline to a file.

    Args:
        timeline: the timeline.
        path: the file; its suffix, .svg or .png, is the format.
        share: plot counts per thousand articles of each period.

    Raises:
        ValueError: for another suffix.
        MissingExtraError: if matplotlib is not installed.
        OutputError: if the file cannot be written.
    """
    _write(lambda: _draw(timeline, share), path)


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Plot the timelines of two queries to a file: articles, their shares, and occurrences per million words.

    Raises as `write_plot`.
    """
    _write(lambda: _draw_comparison(comparison), path)


def _write(draw: Callable[[], Figure], path: Path) -> None:
    """Draw with the settings of all plots, and replace the file at once."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("svg", "png"):
        raise ValueError(f"cannot plot to {path}: the name of the file must end in .svg or .png")
    try:
        import matplotlib as mpl
        from matplotlib import font_manager
    except ImportError:
        raise MissingExtraError("plot", "a plot") from None
    installed = set(font_manager.get_font_names())
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # personal settings are for other plots
        settings: Any = {**_SETTINGS, "font.family": [name for name in _FONTS if name in installed]}
        mpl.rcParams.update(settings)
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a box is drawn
        image = io.BytesIO()
        metadata = {"Date": None, "Creator": "searchidx"} if kind == "svg" else {"Software": "searchidx"}
        draw().savefig(image, format=kind, metadata=metadata)
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_bytes(image.getvalue())
        os.replace(new, path)
    except OSError as error:
        raise OutputError(path, f"cannot write the plot to {path}: {error.strerror or error}") from error


def _draw(timeline: Timeline, share: bool) -> Figure:
    """Draw one query as areas; several as lines in one panel or, with many periods, as areas in panels."""
    from matplotlib.figure import Figure

    labels = [_query_label(timeline, number) for number in range(len(timeline.queries))]
    is_shared = len(labels) > 1 and len(timeline.periods) <= _MAX_SHARED_PERIODS
    panels = 1 if is_shared else len(labels)
    lines = sum(label.count("\n") + 1 for label in labels)
    height = _HEIGHT if panels == 1 else _PANEL * panels
    figure = Figure(figsize=(_WIDTH, height + _LINE_HEIGHT * lines))
    every_axes = list(figure.subplots(panels, sharex=True, sharey=True, squeeze=False).flat)
    for axes in every_axes:
        _set_up_axes(axes, timeline, share)
    unit = "occurrences" if timeline.counted == "words" else "articles"
    y_label = f"{unit} per {f'1,000 articles of the {timeline.by}' if share else timeline.by}"
    every_axes[-1].set_xlabel(f"{timeline.by} of publication")
    if panels == 1:
        every_axes[0].set_ylabel(y_label)
    else:
        figure.supylabel(y_label, fontsize="medium")
    if is_shared:
        handles = _plot_lines(every_axes[0], [_values(timeline, number, share) for number in range(len(labels))])
        legend = figure.legend(handles, ["."] * len(labels), loc="outside upper left", frameon=False, borderpad=0.2)
        for text, label in zip(legend.get_texts(), labels, strict=True):
            text.set_text(label)  # set afterwards: legend() skips labels that begin with _
    else:
        for number, (axes, label) in enumerate(zip(every_axes, labels, strict=True)):
            axes.set_title(label, loc="left", fontsize="medium")
            edges = [place - 0.5 for place in range(len(timeline.periods) + 1)]
            # The edge keeps a single day among thousands visible.
            color = _COLORS[number % len(_COLORS)]
            axes.stairs(_values(timeline, number, share), edges, fill=True, facecolor=color, edgecolor=color, lw=0.5)
    every_axes[0].set_ylim(bottom=0, top=None if any(map(any, (each.counts for each in timeline.periods))) else 1)
    return figure


def _draw_comparison(comparison: Comparison) -> Figure:
    """Draw three panels, one for each measure, with a line for each query."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, 3 * _PANEL + 4 * _LINE_HEIGHT))
    every_axes = list(figure.subplots(3, sharex=True, squeeze=False).flat)
    periods = comparison.periods
    measures: list[tuple[str, list[Sequence[float]]]] = [
        ("articles", [period.counts for period in periods]),
        (f"per 1,000 articles\nof the {comparison.by}", [period.shares for period in periods]),
        ("occurrences per\nmillion words", [period.per_million for period in periods]),
    ]
    handles: list[Line2D] = []
    for number, (axes, (label, rows)) in enumerate(zip(every_axes, measures, strict=True)):
        _set_up_axes(axes, comparison, share=number > 0)
        axes.set_ylabel(label)
        handles = _plot_lines(axes, [[row[side] for row in rows] for side in range(2)])
        axes.set_ylim(bottom=0, top=None if any(map(any, rows)) else 1)
    every_axes[-1].set_xlabel(f"{comparison.by} of publication")
    figure.align_ylabels(every_axes)
    legend = figure.legend(handles, ["."] * len(handles), loc="outside upper left", frameon=False, borderpad=0.2)
    for side, text in enumerate(legend.get_texts()):
        text.set_text(
            _label(comparison.queries[side], "articles", comparison.by, comparison.totals[side],
                   comparison.undated[side], comparison.imprecise[side])
        )  # fmt: skip
    return figure


def _set_up_axes(axes: Axes, timeline: Timeline | Comparison, share: bool) -> None:
    """Set the ranges and ticks: periods from left to right, counts upwards from zero."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    periods = timeline.periods
    margin = max(0.0, (_MIN_PERIODS - len(periods)) / 2)
    axes.set_xlim(-0.5 - margin, len(periods) - 0.5 + margin)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=not share))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ticks = _ticks(timeline)
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    if len(periods) <= _MAX_SHARED_PERIODS:
        axes.set_xticks(range(len(periods)), minor=True)
    if not periods:
        axes.text(0.5, 0.5, "no dated articles", ha="center", va="center", transform=axes.transAxes)


def _plot_lines(axes: Axes, lines: Sequence[Sequence[float]]) -> list[Line2D]:
    """Plot a line for each query, with a style and markers of its own; the markers of different lines are offset."""
    handles: list[Line2D] = []
    every = max(1, max(map(len, lines)) // _MARKERS_PER_LINE)
    for number, values in enumerate(lines):
        handles += axes.plot(
            values,
            color=_COLORS[number % len(_COLORS)],
            linestyle=_STYLES[number % len(_STYLES)],
            marker=_MARKERS[number % len(_MARKERS)],
            markevery=(number * every // len(lines), every),
            clip_on=False,
        )
    for line in handles:
        line.set_in_layout(False)  # an empty line counts as a point at the origin of the figure
    return handles


def _values(timeline: Timeline, number: int, share: bool) -> list[float]:
    """Return the value of a query in each period; the share of a period without articles is NaN."""
    if not share:
        return [period.counts[number] for period in timeline.periods]
    return [period.shares[number] if period.corpus else math.nan for period in timeline.periods]


def _query_label(timeline: Timeline, number: int) -> str:
    """Return the label of a query of a timeline."""
    unit = "occurrences" if timeline.counted == "words" else "articles"
    counts = timeline.totals[number], timeline.undated[number], timeline.imprecise[number]
    return _label(timeline.queries[number], unit, timeline.by, *counts)


def _label(text: str, unit: str, by: str, total: int, undated: int, imprecise: int) -> str:
    """Return the label of a query: its text, its total, and the counts that are not drawn."""
    query = "".join(char if char.isprintable() else " " for char in text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in query)
    width = _LABEL_WIDTH * len(query) // (len(query) + wide) if query else _LABEL_WIDTH
    lines = textwrap.wrap(query, width, max_lines=_MAX_LABEL_LINES, placeholder=" …") or [""]
    shown = f"{total:,} {unit}"
    omitted = [
        f"{count:,} {what}" for count, what in ((undated, "undated"), (imprecise, f"of no single {by}")) if count
    ]
    return "\n".join((*lines, f"{shown}; not drawn: {', '.join(omitted)}" if omitted else shown))


def _ticks(timeline: Timeline | Comparison) -> list[tuple[int, str]]:
    """Return the place and label of as many periods as fit below the axis."""
    periods = timeline.periods
    if not periods:
        return []
    room = _AXIS_WIDTH // (len(periods[0].name) + 2)
    if timeline.by != "year" and len(periods) <= 4 * room:
        stride = math.ceil(len(periods) / room)
        return [(at, periods[at].name) for at in range(0, len(periods), stride)]
    ticks: list[tuple[int, str]] = []
    for begins, length in _tick_levels()[2 if timeline.by == "year" else 0 :]:
        ticks = [(at, each.start.isoformat()[:length]) for at, each in enumerate(periods) if begins(periods, at)]
        if ticks and len(ticks) <= _AXIS_WIDTH // (length + 2):
            break
    return ticks


def _tick_levels() -> Sequence[tuple[Callable[[Sequence[Period], int], bool], int]]:
    """Return tests whether a period begins a month, a quarter, 1, 2, 5 … years, each with the length of its label."""

    def begins(months: int) -> Callable[[Sequence[Period], int], bool]:
        def test(periods: Sequence[Period], at: int) -> bool:
            start = periods[at].start
            before = periods[at - 1].start if at else None
            here = (start.year * 12 + start.month - 1) // months
            if before is not None:
                return here != (before.year * 12 + before.month - 1) // months
            return start.day == 1 and (start.year * 12 + start.month - 1) % months == 0

        return test

    return [(begins(1), 7), (begins(3), 7), *((begins(12 * years), 4) for years in _YEAR_STEPS)]
