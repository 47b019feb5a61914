"""Check everything that guards the book: ``python book/_tools/check.py``.

The book is built while style, types and the tests that need no built site are checked; then come
the tests of the built site. All of it runs even if something fails, and the last lines say what
became of each step.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

from bookcheck.running import fix_threads

ROOT = Path(__file__).resolve().parents[2]
BUILD = [sys.executable, str(ROOT / "book" / "_tools" / "build.py")]
NEEDS_SITE = "site or browser"
STEPS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "tests": ["pytest", "--continue-on-collection-errors", "-m", f"not ({NEEDS_SITE})"],
}
SITE = ["pytest", "--continue-on-collection-errors", "-m", NEEDS_SITE]


class Step(NamedTuple):
    """What became of a step; ``code`` is None if it did not run."""

    name: str
    code: int | None
    seconds: float

    def __str__(self) -> str:
        word = "not run" if self.code is None else "FAILED" if self.code else "ok"
        return f"{word:<8} {self.name:<8} {self.seconds:7.1f} s"


def main() -> int:
    """Run every step; return 1 if one failed."""
    fix_threads()
    start = time.perf_counter()
    alone = (os.cpu_count() or 1) < 2
    steps: list[Step] = []
    with tempfile.TemporaryFile("w+", encoding="utf8") as output:
        build = None if alone else Background(output)
        try:
            steps += [run(name, command) for name, command in STEPS.items()]
            if build is None:
                steps.append(run("build", BUILD, module=False))
            else:
                _head("build")
                steps.append(build.wait())
        finally:
            if build is not None:
                build.stop()
    if steps[-1].code == 0:
        steps.append(run("site", SITE))
    else:
        steps.append(Step("site", None, 0.0))
    print("\n" + "\n".join(map(str, steps)))
    failed = [step.name for step in steps if step.code != 0]
    seconds = time.perf_counter() - start
    told = f"failed or not run: {', '.join(failed)}" if failed else "everything holds"
    print(f"{told} ({seconds:.0f} s)")
    return 1 if failed else 0


def run(name: str, command: Sequence[str], *, module: bool = True) -> Step:
    """Run one step in the foreground."""
    _head(name)
    start = time.perf_counter()
    whole = [sys.executable, "-m", *command] if module else command
    code = subprocess.run(whole, cwd=ROOT, check=False).returncode
    return Step(name, code, time.perf_counter() - start)


class Background:
    """The build, running beside the other steps; its output is shown when it is waited for."""

    def __init__(self, output: IO[str]) -> None:
        """Start the build."""
        self.output = output
        self.start = time.perf_counter()
        self.seconds = 0.0
        self.process = subprocess.Popen(BUILD, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        self.watch = threading.Thread(target=self._watch)
        self.watch.start()

    def _watch(self) -> None:
        """Note when the build ends."""
        self.process.wait()
        self.seconds = time.perf_counter() - self.start

    def wait(self) -> Step:
        """Show what the build said, when it is done."""
        self.watch.join()
        self.output.seek(0)
        print(self.output.read().strip(), flush=True)
        return Step("build", self.process.returncode, self.seconds)

    def stop(self) -> None:
        """End the build if it still runs, as after Ctrl-C."""
        if self.process.poll() is None:
            self.process.terminate()
        self.watch.join()


def _head(name: str) -> None:
    """Print the name of a step."""
    print(f"\n== {name} ".ljust(80, "="), flush=True)


if __name__ == "__main__":
    sys.exit(main())
