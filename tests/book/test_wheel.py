"""The wheel alone, outside the repository and without a network: data, claims, exercises, notebook.

The wheel is built and unpacked into an empty folder. A new Python imports `dlbook` from there, in
a folder of its own, with every connection beyond this machine refused.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "_build" / "html" / "_downloads" / "notebooks"

NO_NETWORK = '''
"""Imported at the start of Python: only this machine can be reached."""
import socket

_connect = socket.socket.connect


def connect(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"a connection to {address} was tried; the library must work offline")
    return _connect(self, address)


socket.socket.connect = connect
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the built wheel."""
    # a copy, so that the build leaves nothing in the repository and finds nothing left there
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "dlbook", source / "dlbook")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    done = subprocess.run([*command, source], capture_output=True, encoding="utf8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("dlbook-*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """Return a function that runs Python with the wheel's library, in an empty folder, offline."""
    site, home = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    zipfile.ZipFile(wheel).extractall(site)
    (site / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DLBOOK_", "PYTHON"))}
    environment = {**kept, "PYTHONPATH": str(site), "HOME": str(home), "OMP_NUM_THREADS": "1"}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=home,
            env=environment,
            capture_output=True,
            encoding="utf8",
            timeout=300,
            check=False,
        )

    run.site = site
    return run


def succeeds(done):
    """Fail with what was printed."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_the_library_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0].split("-")[0] for name in names}
    assert tops == {"dlbook"}
    assert "dlbook/claims.yml" in names
    assert "dlbook/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    sources = {str(p.relative_to(ROOT)) for p in (ROOT / "dlbook").rglob("*.py")}
    assert sources <= set(names)


def test_the_network_is_really_refused(elsewhere):
    done = elsewhere("-c", "import socket; socket.create_connection(('192.0.2.1', 80), 1)")
    assert done.returncode != 0
    assert "the library must work offline" in done.stderr


def test_data_claims_and_exercises_work(elsewhere):
    code = """
import dlbook
print(dlbook.__file__)
from dlbook.data.bundled import breast_cancer, diabetes, digits, iris, wine
print([table().x.shape for table in (breast_cancer, diabetes, digits, iris, wine)])
from dlbook.claims import claim, registry
print(len(registry()) >= 21)
claim("stack-collapses", verdict="true", quantity="a share", measured=[1e-9, 2e-9],
      control=[0.4, 0.5], below=1e-6, evidence="two stacks")
from dlbook.exercises import check
print(check("perceptron/update", lambda weights, bias, x, label: None).passed)
from dlbook.plotting.curves import lines
print(lines([1, 2, 3], {"squares": [1, 4, 9]}, xlabel="number", ylabel="square").alt)
"""
    printed = succeeds(elsewhere("-c", code))
    assert printed.startswith(str(elsewhere.site))
    assert "(569, 30), (442, 10), (1797, 64), (150, 4), (178, 13)" in printed
    assert "[✓ TRUE]" in printed
    assert "perceptron/update" in printed


def test_the_command_says_what_it_needs_the_repository_for(elsewhere):
    run = "import sys; from dlbook.cli import main; sys.argv[0] = 'dlbook'; main()"
    assert "torch" in succeeds(elsewhere("-c", run, "doctor"))
    listed = elsewhere("-c", run, "list")
    assert listed.returncode == 1
    assert "Traceback" not in listed.stderr
    assert len(listed.stderr.strip().splitlines()) <= 4


@pytest.mark.site
@pytest.mark.slow
def test_a_downloaded_notebook_runs_from_top_to_bottom(elsewhere, site):
    notebook = NOTEBOOKS / "network" / "perceptron.ipynb"
    code = f"""
import nbclient, nbformat
notebook = nbformat.read({str(notebook)!r}, as_version=4)
nbclient.NotebookClient(notebook, timeout=120).execute()
from collections import Counter
outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
print(sum("application/vnd.dlbook.claim+json" in o.get("data", {{}}) for o in outputs), "cards")
"""
    assert "7 cards" in succeeds(elsewhere("-c", code))
