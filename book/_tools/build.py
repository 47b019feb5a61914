"""Execute every chapter and build the site: ``python book/_tools/build.py [FOLDER]``.

Runs ``jupyter-book build FOLDER -W -n --keep-going`` with a fixed number of threads, shows how far
it is, and ends with the path of the site, or with every page that failed: its cell and its error.
"""

import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bookcheck.inputs import input_digest
from bookcheck.running import fix_threads

JUPYTER_BOOK = "import sys; from jupyter_book.cli.main import main; sys.argv[0] = 'jb'; main()"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
READING = re.compile(r"^(reading sources|writing output)\.\.\. *\[ *(\d+)%\] (\S+)")
CELL = re.compile(r"^\[cell (\d+)/(\d+)\]$")
FAILED = re.compile(r"^\[failed\] (\w+)$")
EXECUTED = re.compile(r"Executed notebook in ([\d.]+) seconds")
WARNING = re.compile(r"\b(WARNING|ERROR|CRITICAL|SEVERE): |^(Extension|Theme|Config\w*) error")
NOISE = re.compile(r"IPKernelApp|Kernel is running over TCP")
# What the progress has said already.
SAID = re.compile(r"Executing notebook failed|exception traceback saved")
# What only follows from a cell that failed, and is not said again beside it.
REPEATED = re.compile(
    r"Executing notebook failed|exception traceback saved|No key .* found in glue data"
)


def main() -> int:
    """Build the book in the folder named on the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2]
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="default: this book")
    root = parser.parse_args().folder.resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be stopped is to be interrupted
    threads = fix_threads()
    build_folder = root / "_build"
    digest = input_digest(root)
    for stale in (build_folder / "report.json", build_folder / "run.json"):
        stale.unlink(missing_ok=True)
    start = time.perf_counter()
    try:
        code = run(root, build_folder)
    except KeyboardInterrupt:
        print("\nStopped. The next build goes on with the pages that are not done.")
        return 130
    seconds = time.perf_counter() - start
    report = _read(build_folder / "report.json")
    if code == 0 and report.get("finished") and not problems(report):
        write_run(build_folder / "run.json", root, digest, threads, seconds, report)
        done = len(report["executed"])
        print(f"\n{build_folder / 'html' / 'index.html'}")
        print(f"built in {seconds:.0f} s; {done} page{'s' * (done != 1)} executed")
        return 0
    print(failure_text(report, build_folder / "build.log"), file=sys.stderr)
    return 1


def run(root: Path, build_folder: Path) -> int:
    """Run Jupyter Book, show its progress and keep its log; return its exit code."""
    build_folder.mkdir(exist_ok=True)
    environment = os.environ | {"DLBOOK_PROGRESS": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(root), "-W", "-n", "--keep-going"]
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf8",
        errors="replace",
    )
    try:
        with (build_folder / "build.log").open("w", encoding="utf8") as log:
            assert process.stdout is not None
            show(_lines(process.stdout, log), sys.stdout.isatty())
        return process.wait()
    finally:
        if process.poll() is None:  # Ctrl-C: let the kernel be shut down, then insist
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def show(lines: Iterator[str], terminal: bool) -> None:
    """Print one line for each executed page and each warning; in a terminal, the cell as well."""
    page = share = ""
    for line in lines:
        reading, cell = READING.match(line), CELL.match(line)
        if reading:
            step, share, page = reading.groups()
            if terminal:
                _replace(
                    f"[{share:>3}%] {'reading' if step.startswith('read') else 'writing'} {page}"
                )
        elif cell and terminal:
            _replace(f"[{share:>3}%] {page}: cell {cell[1]} of {cell[2]}")
        elif executed := EXECUTED.search(line):
            _replace("", terminal)
            print(f"[{share:>3}%] {page}  {float(executed[1]):.1f} s", flush=True)
        elif failed := FAILED.match(line):
            _replace("", terminal)
            print(f"[{share:>3}%] {page}  FAILED: {failed[1]}", flush=True)
        elif WARNING.search(line) and not SAID.search(line):
            _replace("", terminal)
            print(line, flush=True)
    _replace("", terminal)


def problems(report: dict[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong, by page; ``*`` stands for what no page is to blame for."""
    found: dict[str, list[str]] = {}
    for page, failure in report.get("failed", {}).items():
        line = f"line {failure['line']}, " if failure["line"] else ""
        where = f"{line}cell {failure['cell']}: " if failure["cell"] else ""
        found[page] = [where + failure["error"]]
    for page, messages in report.get("warnings", {}).items():
        told = page in found
        found.setdefault(page, []).extend(
            m for m in dict.fromkeys(messages) if not (told and REPEATED.search(m))
        )
    return found


def failure_text(report: dict[str, Any], log: Path) -> str:
    """Return the list of every failing page, its cell and its error."""
    found = problems(report)
    lines = ["", "The book was not built."]
    if not report:
        lines.append("The build stopped before it could say why; the end of its log:")
        lines += log.read_text(encoding="utf8").splitlines()[-15:]
    elif report["error"]:
        lines.append(f"The build broke off: {report['error']}")
    elif not found:
        lines.append("Something was wrong before the first page was read:")
        text = log.read_text(encoding="utf8").splitlines()
        lines += [f"    {line}" for line in text if WARNING.search(line)]
    for page in sorted(found):
        lines.append(f"\n  {'the whole book' if page == '*' else page}")
        lines += [f"    {text}" for message in found[page] for text in message.splitlines()]
    pages = sorted(found.keys() - {"*"})
    if pages:
        lines.append(f"\n{len(pages)} page{'s' * (len(pages) > 1)} failed: {', '.join(pages)}")
    lines.append(f"The whole log: {log}")
    return "\n".join(lines)


def write_run(
    path: Path, root: Path, digest: str, threads: int, seconds: float, report: dict[str, Any]
) -> None:
    """Record what was built, by what and on what."""
    run = {
        "inputs": digest,
        "seconds": round(seconds, 1),
        "threads": threads,
        "executed": report["executed"],
        "seed": os.environ.get("DLBOOK_SEED", "0"),
        "device": os.environ.get("DLBOOK_DEVICE", ""),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "versions": {name: _version(name) for name in ("torch", "numpy", "scikit-learn")},
    }
    path.write_text(json.dumps(run, indent=1), encoding="utf8")


def _lines(stream: Any, log: Any) -> Iterator[str]:
    """Yield the output's lines without colours, and keep them in the log."""
    for line in stream:
        plain = ANSI.sub("", line).rstrip()
        if not NOISE.search(plain):
            log.write(plain + "\n")
            yield plain


def _replace(text: str, terminal: bool = True) -> None:
    """Put ``text`` in place of the current line of the terminal."""
    if terminal:
        print(f"\r\x1b[2K{text}", end="", flush=True)


def _version(package: str) -> str | None:
    """Return the version of a package, None if it is absent."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON file; an absent one is empty."""
    return json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}


if __name__ == "__main__":
    sys.exit(main())
