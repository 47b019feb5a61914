"""``.ci/run`` on machines that lack something; the commands it calls are stood in for."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("bash", "cat", "dirname", "env", "grep", "id", "mktemp", "rm", "tee")
PRESENT = {"make": "echo '== 3 passed in 0.12s =='", "git": "", "python3": "", "chromium": ""}


def ci_run(folder: Path, commands: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the script with nothing but these commands beside the system's simplest ones."""
    for name in set(TOOLS) - set(commands):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, body in commands.items():
        (folder / name).write_text(f"#!/bin/bash\n{body}\n", encoding="utf8")
        (folder / name).chmod(0o755)
    return subprocess.run(
        [shutil.which("bash") or "bash", str(ROOT / ".ci" / "run")],
        env={"PATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        encoding="utf8",
        check=False,
    )


def test_it_calls_make_test_and_ends_with_pytests_count(tmp_path: Path) -> None:
    make = 'echo "$@ CI=$CI"; echo "== 3 passed, 1 skipped in 61.25s (0:01:01) =="; echo more'
    done = ci_run(tmp_path, PRESENT | {"make": make})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "test PYTHON=python3 CI=true"
    assert lines[-1] == "== 3 passed, 1 skipped in 61.25s (0:01:01) =="


def test_a_failure_is_handed_on(tmp_path: Path) -> None:
    make = "echo '== 1 failed, 2 passed in 1.00s =='; exit 2"
    assert ci_run(tmp_path, PRESENT | {"make": make}).returncode == 2


def test_that_no_test_ran_is_a_failure(tmp_path: Path) -> None:
    done = ci_run(tmp_path, PRESENT | {"make": "echo nothing to do"})
    assert done.returncode == 1
    assert "No tests ran." in done.stderr


@pytest.mark.parametrize(
    ("absent", "package"),
    [("make", "make"), ("git", "git"), ("python3", "python3"), ("chromium", "chromium")],
)
def test_without_apt_it_says_what_is_missing(tmp_path: Path, absent: str, package: str) -> None:
    done = ci_run(tmp_path, {name: body for name, body in PRESENT.items() if name != absent})
    assert done.returncode == 2
    assert package in done.stderr.partition("lacks:")[2].partition("(")[0].split()


def test_a_python_without_venv_is_noticed(tmp_path: Path) -> None:
    done = ci_run(tmp_path, PRESENT | {"python3": "exit 1"})
    assert done.returncode == 2
    assert "python3-venv" in done.stderr


def test_with_apt_it_installs_what_is_missing(tmp_path: Path) -> None:
    commands = PRESENT | {"apt-get": "echo apt-get $@", "id": "echo 0"}
    del commands["chromium"]
    done = ci_run(tmp_path, commands)
    assert done.returncode == 0, done.stderr
    installed = [line for line in done.stdout.splitlines() if line.startswith("apt-get install")]
    assert len(installed) == 1
    assert installed[0].endswith("chromium fonts-liberation")


def test_without_rights_it_says_what_to_do(tmp_path: Path) -> None:
    commands = PRESENT | {"apt-get": "", "id": "echo 1000"}
    del commands["chromium"]
    done = ci_run(tmp_path, commands)
    assert done.returncode == 2
    assert "as root, or: sudo apt-get install chromium" in done.stderr
