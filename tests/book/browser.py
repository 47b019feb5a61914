"""What a reader's browser makes of a built site: functions over a folder that tell what is wrong.

A page is loaded once and looked at in light and in dark, on a wide screen and on a phone's. Nothing
here knows this book, so that tests can run the same functions over a small broken site.
"""

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WORKERS = 2
PLACES = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # a foreign request leads nowhere
)
HOW = (
    "no Chromium was found. Install one (Debian, Ubuntu: `apt install chromium`; macOS: "
    "`brew install --cask chromium`; anywhere: `playwright install chromium`), or say where it is: "
    "DLBOOK_CHROMIUM=/path/to/chromium"
)
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# Without preload: else axe fetches the stylesheets again, from wrong addresses.
AXE = {"resultTypes": ["violations"], "preload": False}
SIZE = {"target-size": {"enabled": True}}  # of WCAG 2.2, and off unless asked for
COLORS = ("color-contrast", "link-in-text-block")
SHAPES = {**SIZE, **{rule: {"enabled": False} for rule in COLORS}}
# A page of code holds thousands of words in a dozen colours; axe needs a millisecond for each. Of
# words alike in colour, ground, size, weight and line it is shown the first few.
ALIKE = """(most) => {
  const seen = new Map(), chosen = new Set(document.querySelectorAll("input, select, textarea"));
  const grounds = new Map();
  const ground = (one) => {
    if (!one) return "";
    if (!grounds.has(one)) {
      const { backgroundColor, backgroundImage, opacity, position, filter } = getComputedStyle(one);
      const own = [backgroundColor, backgroundImage, opacity, position, filter].join();
      const clear = own === "rgba(0, 0, 0, 0),none,1,static,none";
      grounds.set(one, clear ? ground(one.parentElement) : own + ground(one.parentElement));
    }
    return grounds.get(one);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || one.matches("script, style, noscript")) continue;
    const { color, fontSize, fontWeight, textDecorationLine } = getComputedStyle(one);
    const look = [color, fontSize, fontWeight, textDecorationLine, one.tagName, ground(one)].join();
    const count = seen.get(look) || 0;
    if (count < most && one.getClientRects().length) {
      seen.set(look, count + 1);
      chosen.add(one.closest("a") || one);
    }
  }
  return [...chosen];
}"""
LOOKS = {  # what is asked of the whole page, and what of its words; widths do not change contrast
    "light": ({"runOnly": WCAG, "rules": SHAPES}, COLORS),
    "dark": (None, COLORS),
    "phone": ({"runOnly": WCAG, "rules": SHAPES}, COLORS[1:]),
}
SETTLED = """async () => {
  await document.fonts.ready;
  await window.MathJax?.startup?.promise;
  for (const box of document.querySelectorAll("details")) box.open = true;
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
}"""
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= width) return null;
  const out = [...document.querySelectorAll("body *")].filter((one) => {
    for (let up = one.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible" && up !== document.body) return false;
    return one.getBoundingClientRect().right > width + 1;
  });
  const name = (one) => one.tagName.toLowerCase() + (one.className ? "." + one.className : "");
  return `${document.scrollingElement.scrollWidth} px: ` + out.slice(0, 3).map(name).join(", ");
}"""


@dataclass(frozen=True)
class Finding:
    """Something wrong on a page. ``kind``: axe, console, foreign or overflow."""

    page: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.kind}: {self.text}"


def find_chromium() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    named = os.environ.get("DLBOOK_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise FileNotFoundError(f"DLBOOK_CHROMIUM={named} is not a program that can be run")
        return found
    for name in ("chromium", "chromium-browser", "google-chrome", *PLACES):
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def html_files(folder: Path) -> list[str]:
    """Return every HTML file of a site, generated ones too, by its path in the folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine alone, and yield its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    """A server that does not write to the terminal."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def opened() -> Iterator[Page]:
    """Yield a page of a headless Chromium."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError(HOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            context = browser.new_context(viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
            context.set_default_timeout(20_000)
            yield context.new_page()
        finally:
            browser.close()


def inspect(folder: Path) -> list[Finding]:
    """Return all that is wrong with the pages of a site, served and from the plain folder."""
    names = sorted(html_files(folder), key=lambda name: -folder.joinpath(name).stat().st_size)
    shares = [names[first::WORKERS] for first in range(WORKERS)]
    with served(folder) as address, ThreadPoolExecutor(WORKERS) as workers:
        found = workers.map(lambda share: _inspect(folder, address, share), shares)
        return sorted({one for share in found for one in share}, key=str)


def _inspect(folder: Path, address: str, names: list[str]) -> list[Finding]:
    """Return all that is wrong with some pages of a site."""
    findings: list[Finding] = []
    if not names:
        return findings
    with opened() as page:
        watch = Watch(page, findings)
        for name in names:
            watch.name = name
            page.goto(folder.joinpath(name).resolve().as_uri(), wait_until="load")
            page.evaluate(SETTLED)
            page.goto(address + name, wait_until="load")
            page.evaluate(SETTLED)
            findings += _look(page, name)
    return findings


class Watch:
    """Note what a page asks of other hosts and what it complains of."""

    def __init__(self, page: Page, findings: list[Finding]) -> None:
        """Listen to ``page``; ``name`` says which file it shows."""
        self.name, self.findings = "", findings
        page.on("request", lambda request: self.foreign(request.url))
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.note("console", str(error)))

    def note(self, kind: str, text: str) -> None:
        """Note a finding on the page that is shown."""
        self.findings.append(Finding(self.name, kind, text))

    def foreign(self, url: str) -> None:
        """Note a request to another host."""
        parts = urlsplit(url)
        if parts.scheme not in {"file", "data", "blob", "about"} and parts.hostname != "127.0.0.1":
            self.note("foreign", url)

    def console(self, message: ConsoleMessage) -> None:
        """Note an error in the console."""
        if message.type == "error":
            self.note("console", f"{message.text} {message.location.get('url', '')}".strip())


def _look(page: Page, name: str) -> Iterator[Finding]:
    """Yield what is wrong with the page that is shown: in both modes, then on a phone's screen."""
    page.evaluate(f"() => {{ {AXE_SCRIPT} }}")
    for mode in ("light", "dark"):
        _switch(page, mode)
        yield from _axe(page, name, mode)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.evaluate(SETTLED)
    wider = page.evaluate(WIDER)
    if wider:
        yield Finding(name, "overflow", wider)
    yield from _axe(page, name, "phone")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def _switch(page: Page, mode: str) -> None:
    """Show the page in light or dark, as the system's setting and as the reader's own."""
    page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
    page.evaluate("mode => { document.documentElement.dataset.theme = mode; }", mode)


def _axe(page: Page, name: str, look: str) -> Iterator[Finding]:
    """Yield the page's violations of WCAG A and AA."""
    whole, words = LOOKS[look]
    found = page.evaluate(
        f"""async ([whole, words]) => {{
          const include = ({ALIKE})(4);
          const runs = [whole && [document, whole], include.length && [{{ include }}, words]];
          const results = [];
          for (const run of runs.filter(Boolean)) results.push(await axe.run(...run));
          return results.flatMap((result) => result.violations);
        }}""",
        [whole and {**AXE, **whole}, {**AXE, "runOnly": list(words)}],
    )
    for violation in found:
        for node in violation["nodes"]:
            reason = " ".join(check["message"] for check in node["any"] + node["all"])
            place = " ".join(map(str, node["target"]))
            yield Finding(name, "axe", f"{violation['id']} ({look}) at {place}: {reason}")


def search(page: Page, start: str, words: str) -> list[str]:
    """Return the titles of the pages that the search of the site at ``start`` finds, best first."""
    page.goto(f"{start}search.html")
    field = page.locator("main input[name=q]")
    field.fill(words)
    field.press("Enter")
    page.wait_for_selector("#search-results h2:has-text('ound')")
    return page.locator("#search-results li > a").all_inner_texts()
