"""One look for all figures: the palette, the figure, and its way onto the page.

Chapter: book/how-to-use.md
"""

import io
from collections.abc import Callable
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.axes import Axes as _Axes
from matplotlib.figure import Figure as _Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import NullLocator
from matplotlib.transforms import Bbox, ScaledTranslation

from dlbook.plotting import _alt, _svg
from dlbook.plotting._numbers import LinearTicks, LogPlaces, LogTicks

__all__ = ["PALETTE", "RASTER", "SERIES", "Axes", "Figure", "color", "css", "figure"]

#: The colours by name, each as a pair (light, dark). All but paper, tint and grid keep a contrast
#: of 4.5 to 1 on their paper, so that they may colour a label; any two series colours stay apart
#: for protan, deutan and tritan eyes.
PALETTE: dict[str, tuple[str, str]] = {
    "ink": ("#1c2127", "#e9ecef"),
    "muted": ("#566069", "#aab3bc"),
    "grid": ("#dfe3e7", "#363d46"),
    "paper": ("#ffffff", "#15191d"),
    "tint": ("#f1f4f7", "#232932"),
    "blue": ("#1c6fd1", "#609af9"),
    "orange": ("#a66112", "#f29e37"),
    "green": ("#025753", "#83edac"),
    "purple": ("#861995", "#ebbbfe"),
    "red": ("#9e0c1d", "#eb5c5e"),
    "gray": ("#686d74", "#a6acb3"),
}

#: The colours for pixels, which cannot follow the switch between light and dark. Each keeps a
#: contrast of 3 to 1 on both papers.
RASTER: dict[str, str] = {
    "ink": "#727a83",
    "blue": "#2f7fdc",
    "orange": "#bd7422",
    "green": "#1f8f82",
    "purple": "#aa52ba",
    "red": "#cf4450",
    "gray": "#7d848c",
}

#: Colour, dash and marker of each series; any one of the three tells them apart.
SERIES: list[tuple[str, Any, str]] = [
    ("blue", "-", "o"),
    ("orange", (0, (6, 2)), "s"),
    ("green", (0, (6, 2, 1.2, 2)), "^"),
    ("purple", (0, (1.5, 1.5)), "D"),
    ("red", (0, (10, 2.5)), "v"),
    ("gray", (0, (6, 1.5, 1.2, 1.5, 1.2, 1.5)), "P"),
]

TEXT, SMALL = 12.0, 11.5  # sizes in points; nothing on a page may be below MIN_TEXT
MIN_TEXT = 10.0
_PX = 96  # CSS pixels in an inch


def color(name: str) -> str:
    """Return the hex code of a palette colour, which the page turns into the theme's.

    Parameters
    ----------
    name : str
        A key of :data:`PALETTE`.

    Returns
    -------
    str
        The one for light pages, such as ``"#1c6fd1"``.

    Raises
    ------
    ValueError
        If the palette has no such colour; names those that it has.

    Examples
    --------
    >>> color("blue")
    '#1c6fd1'
    """
    if name not in PALETTE:
        raise ValueError(f"no colour {name!r} in the palette; it has {', '.join(PALETTE)}")
    return PALETTE[name][0]


def css() -> str:
    """Return the style rules that give figures their colours in light and dark.

    Returns
    -------
    str
        ``--fig-NAME`` for each colour of :data:`PALETTE`. Dark where the page says
        ``data-theme="dark"``, or where it says nothing and the system is dark; never in print.

    Examples
    --------
    >>> "--fig-blue: #1c6fd1;" in css()
    True
    """
    light, dark = (
        " ".join(f"--fig-{name}: {pair[mode]};" for name, pair in PALETTE.items())
        for mode in (0, 1)
    )
    return (
        f":root {{ {light} }}\n"
        f'@media not print {{ html[data-theme="dark"] {{ {dark} }} }}\n'
        f"@media not print and (prefers-color-scheme: dark) "
        f"{{ html:not([data-theme]) {{ {dark} }} }}\n"
    )


class Axes(_Axes):
    """Axes with a quiet frame: two spines, a light grid, the y label upright at the top left.

    ``Figure.add_subplot`` makes them. Their methods are matplotlib's, with other defaults.
    """

    name = "dlbook"

    def clear(self) -> None:
        """Empty the axes and give them the book's look."""
        super().clear()
        self.label_rise = 6.0  # points between the axes and the label of the y axis
        colors, dashes, _ = zip(*SERIES, strict=True)
        cycle = cycler(color=[color(name) for name in colors]) + cycler(linestyle=dashes)
        self.set_prop_cycle(cycle + cycler(linewidth=[2.0] * len(SERIES)))
        self.set_facecolor("none")
        self.spines[["top", "right"]].set_visible(False)
        self.spines[["left", "bottom"]].set(color=color("muted"), linewidth=0.9)
        self.grid(True, color=color("grid"), linewidth=0.8)
        self.set_axisbelow(True)
        self.tick_params(which="both", length=0, pad=5, labelsize=SMALL, labelcolor=color("muted"))
        self.margins(x=0.02, y=0.06)
        for axis in (self.xaxis, self.yaxis):
            axis.label.set(fontsize=TEXT, color=color("ink"))
            axis.set_major_formatter(LinearTicks())

    def set_xlabel(
        self, xlabel: str, fontdict: Any = None, labelpad: Any = 6, **kwargs: Any
    ) -> Any:
        """Label the x axis."""
        return super().set_xlabel(xlabel, fontdict, labelpad, **kwargs)

    def set_ylabel(self, ylabel: str, *args: Any, **kwargs: Any) -> Any:
        """Write the label of the y axis upright above it: nobody likes to tilt the head."""
        upright: dict[str, Any] = {"rotation": 0, "ha": "left", "va": "bottom"}
        return super().set_ylabel(ylabel, *args, **(upright | kwargs))

    def set_title(self, label: str, *args: Any, **kwargs: Any) -> Any:
        """Write the title at the left, above the label of the y axis."""
        look: dict[str, Any] = {"loc": "left", "fontsize": TEXT, "fontweight": "bold"}
        rise = self.label_rise + (1.5 * TEXT if self.get_ylabel() else 0.0)
        look |= {"pad": rise, "color": color("ink")}
        return super().set_title(label, *args, **(look | kwargs))

    def set_xscale(self, value: Any, **kwargs: Any) -> None:
        """Set the scale; a logarithmic one gets labels such as 10⁻³."""
        super().set_xscale(value, **kwargs)
        _label_ticks(self.xaxis, value)

    def set_yscale(self, value: Any, **kwargs: Any) -> None:
        """Set the scale; a logarithmic one gets labels such as 10⁻³."""
        super().set_yscale(value, **kwargs)
        _label_ticks(self.yaxis, value)

    def text(self, x: float, y: float, s: str, *args: Any, **kwargs: Any) -> Text:
        """Write text in the book's size and ink."""
        look: dict[str, Any] = {"fontsize": SMALL, "color": color("ink")}
        return super().text(x, y, s, *args, **(look | kwargs))

    def legend(self, *args: Any, **kwargs: Any) -> Any:
        """Name what is drawn, without a frame."""
        look: dict[str, Any] = {"frameon": False, "fontsize": SMALL, "labelcolor": color("ink")}
        return super().legend(*args, **(look | kwargs))

    def get_tightbbox(self, renderer: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return the room that the axes take; matplotlib takes the y label for a tilted one."""
        room = super().get_tightbbox(renderer, *args, **kwargs)
        if room is None or not self.get_ylabel() or not self.axison:
            return room
        return Bbox.union([room, self.yaxis.label.get_window_extent(renderer)])

    def align_labels(self) -> None:
        """Move the y label and the title to the left edge of the tick labels, one above another."""
        boxes = [
            label.get_window_extent()
            for label in (self.yaxis.get_ticklabels() if self.yaxis.get_visible() else [])
            if label.get_text()
        ]  # matplotlib keeps ticks beyond the ends of the axis, which it does not draw
        low, high = self.bbox.y0 - 1, self.bbox.y1 + 1
        edges = [box.x0 for box in boxes if low <= (box.y0 + box.y1) / 2 <= high]
        inches = min(0.0, min(edges, default=self.bbox.x0) - self.bbox.x0) / self.figure.dpi
        shift = ScaledTranslation(inches, self.label_rise / 72, self.figure.dpi_scale_trans)
        self.yaxis.set_label_coords(0, 1, transform=self.transAxes + shift)
        if title := self.get_title(loc="left"):
            self.set_title(title).set_x(inches * self.figure.dpi / self.bbox.width)


class Figure(_Figure):
    """A figure that a notebook shows as inline SVG, with its text alternative.

    Make one by :func:`figure`, which sets its size and layout.

    Parameters
    ----------
    *args, **kwargs
        Those of :class:`matplotlib.figure.Figure`.

    Attributes
    ----------
    alt : str
        What the figure shows, for readers who do not see it: ends, crossings, winners, numbers.
    after_layout : list of callables
        Called once the axes have their places, to put labels where they collide with nothing.

    Examples
    --------
    >>> fig = figure(height=300)
    >>> fig.alt = "One dot stands in the middle of axes that go from 0 to 2 on both sides."
    >>> _ = fig.add_subplot().plot(1, 1, "o")
    >>> sorted(fig._repr_mimebundle_())
    ['text/html', 'text/plain']
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alt = ""
        self.after_layout: list[Callable[[], None]] = []

    def add_subplot(self, *args: Any, **kwargs: Any) -> Any:
        """Add axes with the book's look."""
        if "projection" not in kwargs:
            kwargs.setdefault("axes_class", Axes)
        return super().add_subplot(*args, **kwargs)

    def to_svg(self) -> str:
        """Return the figure as SVG for a page; the same data give the same bytes.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If the alt text is missing or vague, or a text is smaller than 10 points.
        """
        _alt.check(self.alt)
        self._check_texts()
        self._settle()
        settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "dlbook", "svg.image_inline": True}
        buffer = io.StringIO()
        with matplotlib.rc_context(settings):
            self.savefig(buffer, format="svg", dpi=150, metadata={"Date": None})
        width, height = self.get_size_inches() * _PX
        names = {name: light for name, (light, _) in PALETTE.items()}
        return _svg.rewrite(
            buffer.getvalue(), alt=self.alt, width=width, height=height, names=names
        )

    def _settle(self) -> None:
        """Find the places of axes and labels, once: each depends on the other."""
        own = [axes for axes in self.axes if isinstance(axes, Axes) and axes.axison]
        # drawn again, everything stays where it is; one pass measures the texts on the screen again
        for _ in range(2 if isinstance(self.get_layout_engine(), ConstrainedLayoutEngine) else 1):
            for axes in own:
                axes.align_labels()
            if own:
                self.draw_without_rendering()
        self.set_layout_engine("none")
        for axes in own:
            axes.align_labels()
        for place in self.after_layout:
            place()

    def _check_texts(self) -> None:
        """Refuse text that is too small to read, and keep dollar signs from being mathematics."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
            size = float(text.get_fontsize())
            if text.get_visible() and text.get_text() and size < MIN_TEXT:
                raise ValueError(
                    f"text must be at least {MIN_TEXT:g} points, but {text.get_text()!r} "
                    f"has {size:g}"
                )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: inline SVG, and the alt text where there is no HTML."""
        return {
            "text/html": f'<div class="dl-figure">{self.to_svg()}</div>',
            "text/plain": self.alt,
        }


def figure(width: float = 600, height: float = 400) -> Figure:
    """Return an empty figure for axes of one's own; set its ``alt`` before it is shown.

    Parameters
    ----------
    width, height : float
        In CSS pixels. A page narrower than the figure shrinks it.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a size is not between 40 and 4000.

    Examples
    --------
    >>> fig = figure(height=300)
    >>> axes = fig.add_subplot()
    >>> _ = axes.plot([0, 1, 2], [0, 1, 4])
    >>> fig.alt = f"The square of a number rises from 0 to {2**2} as the number goes from 0 to 2."
    >>> fig.to_svg()[:4]
    '<svg'
    """
    for name, size in (("width", width), ("height", height)):
        if not 40 <= size <= 4000:
            raise ValueError(f"{name} is in CSS pixels, from 40 to 4000; got {size}")
    width, height = round(width), round(height)
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06, wspace=0.08, hspace=0.08)
    return Figure(figsize=(width / _PX, height / _PX), layout=layout, facecolor="#ffffff")


def _label_ticks(axis: Any, scale: str) -> None:
    """Give an axis the tick labels of its scale."""
    axis.set_major_formatter(LogTicks() if scale == "log" else LinearTicks())
    if scale == "log":
        axis.set_major_locator(LogPlaces())
        axis.set_minor_locator(NullLocator())
