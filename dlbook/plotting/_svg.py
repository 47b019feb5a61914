"""Turn matplotlib's SVG into one that belongs on a page: small, themed, its text text.

Matplotlib writes a document for itself. On a page its ids would meet those of the next figure, its
style sheet would restyle everything, and its colours would ignore the dark switch.
"""

import base64
import hashlib
import io
import re
import xml.etree.ElementTree as ET

from PIL import Image

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_FONT = "var(--fig-font,system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif)"
# gids of images: one is shown as ink (its brightness is the opacity), one without visible pixels
INK_IMAGE, SMOOTH_IMAGE = "ink-image", "smooth-image"


def rewrite(source: str, *, alt: str, width: float, height: float, names: dict[str, str]) -> str:
    """Return the SVG for a page.

    Parameters
    ----------
    source : str
        What matplotlib wrote.
    alt : str
        The text alternative.
    width, height : float
        The size in CSS pixels at which the figure is shown, unless the page is narrower.
    names : dict
        The name of the CSS variable for each hex colour that follows the theme.
    """
    root = ET.fromstring(source)
    for child in list(root):
        if child.tag == f"{_SVG}metadata" or child.find(f"{_SVG}style") is not None:
            root.remove(child)
    for element in root.iter():
        _tidy(element, names)
    for parent in list(root.iter()):
        _ink_images(parent, names)
    _unwrap(root)
    _rename_ids(root, alt)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
    view_box = root.get("viewBox", "")
    root.attrib.clear()
    ink = _themed("#000000", names)
    root.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": view_box,
        "width": f"{width:g}",
        "height": f"{height:g}",
        "role": "img",
        "aria-label": alt,
        "style": f"display:block;margin:0 auto;width:100%;max-width:{width:g}px;height:auto;"
        f"font-family:{_FONT};fill:{ink};stroke-linejoin:round;stroke-linecap:butt",
    }
    return ET.tostring(root, encoding="unicode")


def _tidy(element: ET.Element, names: dict[str, str]) -> None:
    """Shorten one element: short numbers, themed colours, no white space, one kind of link."""
    if element.tag != f"{_SVG}text":
        element.text = None
    element.tail = None
    if _HREF in element.attrib:
        element.set("href", _lighter(element.attrib.pop(_HREF).replace("\n", "")))
    if "d" in element.attrib:
        element.set("d", _short_path(element.attrib["d"]))
    for key in ("x", "y", "width", "height"):
        if key in element.attrib:
            element.set(key, _short(element.attrib[key]))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if element.get("id") == SMOOTH_IMAGE:
        element.attrib.pop("style", None)
    if "style" in element.attrib:
        parts = [part.strip() for part in element.attrib["style"].split(";")]
        kept = [_themed_part(part, names) for part in parts if part[:11] != "font-family"]
        element.set("style", ";".join(part for part in kept if part))


def _themed_part(part: str, names: dict[str, str]) -> str:
    """Return one declaration of a style, with the colour's variable in it."""
    key, _, value = part.partition(":")
    if part == "font-weight: 700":  # the lightest bold that matplotlib can measure
        return "font-weight:600"
    return f"{key.strip()}:{_themed(value.strip(), names)}" if value else ""


def _themed(value: str, names: dict[str, str]) -> str:
    """Return ``var(--fig-blue,#hex)`` for a colour of the palette, anything else as it is."""
    value = {"#000000": names["ink"], "#ffffff": names["paper"]}.get(value, value)
    for name, color in names.items():
        if value == color:
            return f"var(--fig-{name},{color})"
    return value


def _ink_images(parent: ET.Element, names: dict[str, str]) -> None:
    """Make each image that is marked as ink a mask, through which the theme's ink is seen."""
    for index, image in enumerate(parent):
        if not image.get("id", "").startswith(INK_IMAGE):
            continue
        size = {key: image.get(key, "") for key in ("width", "height")}
        name = f"mask-{image.get('id')}"
        group = ET.Element(f"{_SVG}g", {"transform": image.attrib.pop("transform")})
        frame = {"id": name, "maskUnits": "userSpaceOnUse", "x": "0", "y": "0", **size}
        mask = ET.SubElement(group, f"{_SVG}mask", frame)
        ink = {"style": f"fill:{_themed('#000000', names)}", "mask": f"url(#{name})", **size}
        ET.SubElement(group, f"{_SVG}rect", ink)
        del image.attrib["id"]
        mask.append(image)
        parent[index] = group


def _unwrap(root: ET.Element) -> None:
    """Drop ids that nothing refers to, and groups that have nothing left to say."""
    used = _references(root)
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
    changed = True
    while changed:
        changed = False
        for parent in list(root.iter()):
            children: list[ET.Element] = []
            for child in parent:
                hollow = child.tag == f"{_SVG}g" and not child.attrib
                children += list(child) if hollow else [child]
                changed |= hollow
            parent[:] = children


def _references(root: ET.Element) -> set[str]:
    """Return the ids that some attribute refers to."""
    text = " ".join(v for e in root.iter() for v in e.attrib.values() if not v.startswith("data:"))
    return set(re.findall(r"#([\w.-]+)", text))


def _rename_ids(root: ET.Element, alt: str) -> None:
    """Give the ids a prefix that no other figure has."""
    digest = hashlib.sha256(ET.tostring(root) + alt.encode()).hexdigest()[:10]
    used = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    new = {old: f"fig{digest}-{index}" for index, old in enumerate(dict.fromkeys(used))}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, new[value])
            elif "#" in value and not value.startswith("data:"):
                element.set(key, re.sub(r"(?<=#)[\w.-]+", lambda m: new.get(m[0], m[0]), value))


def _lighter(link: str) -> str:
    """Return an embedded image in 128 colours if that is lighter: enough for marks of few hues."""
    head, _, data = link.partition("base64,")
    if len(data) < 20_000:
        return link
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    image.quantize(128, method=Image.Quantize.FASTOCTREE).save(buffer, "png", optimize=True)
    light = base64.b64encode(buffer.getvalue()).decode()
    return f"{head}base64,{light}" if len(light) < len(data) else link


def _short(text: str) -> str:
    """Return the numbers of a text with two decimals at most."""

    def shorten(match: re.Match[str]) -> str:
        short = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
        return "0" if short == "-0" else short

    return re.sub(r"-?\d+\.\d+(?:e-?\d+)?", shorten, text)


def _short_path(path: str) -> str:
    """Return the path without the white space that SVG does not need."""
    return re.sub(r" ?([A-Za-z]) ?", r"\1", " ".join(_short(path).split()))
