import io
import re
import subprocess
import sys
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from dlbook.plotting.style import PALETTE, RASTER, SERIES, color, css, figure

ALT = "Accuracy rises from 0.52 to 0.97 as the number of examples goes from 10 to 1,000."
LIGHT, DARK = 0, 1
# linear RGB as an eye without one kind of cone sees it: Machado et al. (2009), severity 1
EYES = {
    "all cones": np.eye(3),
    "protan": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deutan": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritan": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def linear(code):
    value = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one, two):
    """Return the contrast ratio of WCAG 2."""
    a, b = (linear(code) @ [0.2126, 0.7152, 0.0722] + 0.05 for code in (one, two))
    return max(a, b) / min(a, b)


def oklab(rgb):
    """Return the perceptual coordinates of linear RGB (Ottosson 2020)."""
    cones = np.cbrt(
        np.clip(rgb, 0, 1)
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    return cones @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def drawn(alt=ALT):
    fig = figure()
    fig.add_subplot().plot([1, 2], [3, 4])
    fig.alt = alt
    return fig


# --- the palette


@pytest.mark.parametrize("mode", [LIGHT, DARK])
@pytest.mark.parametrize("name", sorted(set(PALETTE) - {"paper", "tint", "grid"}))
def test_each_ink_can_be_read_on_its_paper(name, mode):
    assert contrast(PALETTE[name][mode], PALETTE["paper"][mode]) >= 4.5


@pytest.mark.parametrize("mode", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["ink", "muted"])
def test_text_can_be_read_on_boxes_too(name, mode):
    assert contrast(PALETTE[name][mode], PALETTE["tint"][mode]) >= 4.5


@pytest.mark.parametrize("name", RASTER)
def test_pixels_can_be_seen_on_both_papers(name):
    for mode in (LIGHT, DARK):
        assert contrast(RASTER[name], PALETTE["paper"][mode]) >= 3


@pytest.mark.parametrize("mode", [LIGHT, DARK])
@pytest.mark.parametrize("eye", EYES)
def test_series_stay_apart_for_every_eye(eye, mode):
    seen = {name: oklab(linear(PALETTE[name][mode]) @ np.array(EYES[eye]).T) for name, *_ in SERIES}
    for a, b in combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) >= 0.09, (a, b)


def test_series_differ_by_dash_and_by_marker_as_well():
    for part in range(3):
        assert len({str(entry[part]) for entry in SERIES}) == len(SERIES)


def test_every_colour_is_its_own():
    codes = [light for light, _ in PALETTE.values()]
    assert len(set(codes)) == len(codes)
    assert set(RASTER) <= set(PALETTE) and {name for name, *_ in SERIES} <= set(RASTER)


def test_the_style_sheet_has_every_colour_in_both_modes():
    light, switched, system = css().strip().splitlines()
    for name, (in_light, in_dark) in PALETTE.items():
        assert f"--fig-{name}: {in_light};" in light
        assert f"--fig-{name}: {in_dark};" in switched and f"--fig-{name}: {in_dark};" in system
    assert light.startswith(":root {") and "print" not in light
    assert switched.startswith('@media not print { html[data-theme="dark"]')
    assert system.startswith("@media not print and (prefers-color-scheme: dark)")


def test_an_unknown_colour_names_those_there_are():
    with pytest.raises(ValueError, match=r"no colour 'bleu' in the palette; it has ink, .*blue"):
        color("bleu")


# --- the alt text


@pytest.mark.parametrize(
    ("alt", "words"),
    [
        ("", "needs an alt text"),
        ("   ", "needs an alt text"),
        ("Plot of the loss against the step, from 0 to 100, for two of the methods.", "starts"),
        ("a plot of the loss against the step, from 0 to 100, for two of the methods.", "starts"),
        ("Figure with the loss against the step, from 0 to 100, for two methods there.", "starts"),
        (
            "An image that shows the loss against the step, from 0 to 100, for two methods.",
            "starts",
        ),
        ("Loss falls from 2.3 to 0.1.", "6 words, too few"),
        ("The loss falls quickly at first and then it falls more slowly to the end.", "no number"),
    ],
)
def test_a_missing_or_vague_alt_text_is_refused(alt, words):
    fig = drawn(alt)
    for show in (fig.to_svg, fig._repr_mimebundle_):
        with pytest.raises(ValueError, match=words):
            show()


@pytest.mark.parametrize(
    "alt",
    [
        ALT,
        "Three nested sets: the largest holds the middle one, which holds the smallest of them.",
        "Plotting ability grows with practice: after 10 figures readers need 3 minutes, not 9.",
    ],
)
def test_a_good_alt_text_is_shown_and_said(alt):
    bundle = drawn(alt)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == alt
    assert bundle["text/html"].startswith('<div class="dl-figure"><svg ')
    assert f'role="img" aria-label="{alt}"' in bundle["text/html"]


def test_markup_in_an_alt_text_stays_text():
    svg = drawn(ALT + ' x < y & "z" > 0').to_svg()
    assert "x &lt; y &amp; &quot;z&quot; &gt; 0" in svg


# --- the figure


def test_a_notebook_shows_html_and_text_and_no_picture_beside_them():
    data, _ = InteractiveShell().display_formatter.format(drawn())
    assert set(data) == {"text/html", "text/plain"}


def test_text_below_ten_points_is_refused():
    fig = drawn()
    fig.axes[0].text(1.5, 3.5, "small print", fontsize=9)
    with pytest.raises(ValueError, match="at least 10 points, but 'small print' has 9"):
        fig.to_svg()


@pytest.mark.parametrize("size", [{"width": 39}, {"height": 4001}, {"width": float("nan")}])
def test_sizes_that_no_page_has_are_refused(size):
    name = next(iter(size))
    with pytest.raises(ValueError, match=f"{name} is in CSS pixels, from 40 to 4000"):
        figure(**size)


def test_dollars_are_dollars():
    fig = drawn()
    fig.axes[0].set_xlabel("from $5 to $6 and a_b^c")
    assert ">from $5 to $6 and a_b^c</text>" in fig.to_svg()


def test_the_y_label_stands_upright_at_the_left_of_its_numbers():
    fig = drawn()
    fig.axes[0].set_ylabel("a rather long label for this axis")
    svg = fig.to_svg()
    assert "rotate" not in svg
    label = re.search(r'text-anchor:start[^>]*x="([\d.]+)" y="([\d.]+)">a rather', svg)
    numbers = [float(x) for x in re.findall(r'text-anchor:end[^>]*x="([\d.]+)"', svg)]
    assert float(label[1]) < min(numbers)


def test_black_and_white_become_ink_and_paper():
    fig = drawn()
    fig.axes[0].plot([1, 2], [4, 3], color="black", markerfacecolor="white", marker="o")
    svg = fig.to_svg()
    assert "stroke:var(--fig-ink,#000000)" in svg or "stroke:var(--fig-ink,#1c2127)" in svg
    assert "#000000" not in svg.replace("var(--fig-ink,#000000)", "")


def test_axes_keep_their_look_when_they_are_cleared():
    fig = figure()
    axes = fig.add_subplot()
    axes.clear()
    assert not axes.spines["top"].get_visible() and not axes.spines["right"].get_visible()
    assert axes.plot([1, 2], [1, 2])[0].get_color() == color("blue")
    assert axes.plot([1, 2], [2, 1])[0].get_linestyle() == "--"


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (1e-3, 1e3, {"10⁻³", "10⁰", "10³"}),
        (0.1, 1000, {"0.1", "1", "10", "100", "1,000"}),
        (1e-12, 1e-4, {"10⁻¹²", "10⁻⁴"}),
        (3, 7, {"3", "4", "5", "6", "7"}),
        (3, 70, {"5", "10", "20", "50"}),
        (1.2e-5, 1.8e-5, {"1.2·10⁻⁵", "1.4·10⁻⁵"}),
    ],
)
def test_logarithmic_axes_are_labelled_in_unicode(low, high, shown):
    fig = figure()
    axes = fig.add_subplot()
    axes.plot([1, 2], [low, high])
    axes.set_yscale("log")
    fig.alt = ALT
    assert shown <= set(re.findall(r">([^<]+)</text>", fig.to_svg()))


def test_settings_of_others_do_not_leak_in_or_out():
    before = drawn().to_svg()
    with matplotlib.rc_context({"svg.hashsalt": "other", "svg.fonttype": "path"}):
        during = dict(matplotlib.rcParams)
        assert drawn().to_svg() == before
        assert dict(matplotlib.rcParams) == during


def test_it_saves_as_other_formats_too():
    fig, file = drawn(), io.BytesIO()
    fig.savefig(file, format="pdf")
    assert file.getvalue().startswith(b"%PDF")


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_package_loads_nothing_and_figures_no_global_state():
    heavy = "{'matplotlib', 'torch', 'sklearn', 'scipy'}"
    assert run(f"import sys, dlbook.plotting; print({heavy} & set(sys.modules))") == "set()"
    code = (
        "import sys; from dlbook.plotting import curves;"
        "fig = curves.lines([1, 2], {'a': [1, 2]}, xlabel='step', ylabel='loss in nats, say');"
        "fig.to_svg(); print({'matplotlib.pyplot', 'torch', 'sklearn'} & set(sys.modules))"
    )
    assert run(code) == "set()"


def test_every_process_draws_the_same_bytes():
    code = (
        "import hashlib, numpy as np; from dlbook.plotting import curves;"
        "fig = curves.scatter({'a': np.random.default_rng(0).normal(size=(2, 3000))}, "
        "xlabel='x', ylabel='y'); print(hashlib.sha256(fig.to_svg().encode()).hexdigest())"
    )
    assert run(code) == run(code)
