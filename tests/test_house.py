"""The rules of the house: import order, light imports, docstrings that run, pins, plain texts."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from bookcheck import house
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RULES = (house.import_order, house.reexports, house.sizes, house.future_imports, house.texts)
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "dlbook").rglob("*.py")
)
PUBLIC = [
    name
    for name in MODULES
    if not any(part.startswith("_") for part in name.split("."))
    and not name.startswith("dlbook.cli")  # its docstrings are the help texts
]
HEAVY = {"matplotlib", "sklearn", "scipy", "pooch", "IPython", "typer", "rich", "pandas", "yaml"}
LIGHT = (
    *("dlbook", "dlbook.seed", "dlbook.device", "dlbook.glue", "dlbook.stats", "dlbook.claims"),
    *("dlbook.perceptron", "dlbook.exercises", "dlbook.metrics.classification"),
    *("dlbook.data.bundled", "dlbook.data.synthetic", "dlbook.data.loaders"),
    *("dlbook.data.download", "dlbook.plotting"),
)
LOADED = """
import sys, importlib
import torch, numpy
for name in {names!r}:
    before = {{module.partition(".")[0] for module in sys.modules}}
    importlib.import_module(name)
    after = {{module.partition(".")[0] for module in sys.modules}}
    print(name, *sorted((after - before) & {heavy!r}))
"""


def findings(rule: object) -> str:
    """Return all that a rule finds in the repository."""
    return "\n".join(map(str, rule(ROOT)))  # type: ignore[operator]


@pytest.mark.parametrize("rule", RULES, ids=[rule.__name__ for rule in RULES])
def test_the_repository_keeps_the_rule(rule: object) -> None:
    found = findings(rule)
    if found:
        pytest.fail(found, pytrace=False)


BROKEN = {
    "against the order": (house.import_order, "dlbook/seed.py", "from dlbook.stats import x"),
    "inside a function": (
        house.import_order,
        "dlbook/stats.py",
        "def f():\n    from dlbook.exercises import check",
    ),
    "plotting and data": (house.import_order, "dlbook/plotting/a.py", "import dlbook.data.b"),
    "has no place": (house.import_order, "dlbook/novel.py", "x = 1"),
    "leads back": (house.circles, "dlbook/stats.py", "from dlbook.perceptron import x"),
    "only re-exports": (house.reexports, "dlbook/data/__init__.py", "__all__ = []\nx = f()"),
    "has no __all__": (house.reexports, "dlbook/data/__init__.py", "from dlbook.data.b import x"),
    "does not import": (house.reexports, "dlbook/data/__init__.py", '__all__ = ["gone"]'),
    "lines of code": (house.sizes, "dlbook/stats.py", "x = 1\n" * 301),
    "f has": (house.sizes, "dlbook/stats.py", "def f():\n" + "    x = 1\n" * 61),
    "from __future__": (
        house.future_imports,
        "dlbook/stats.py",
        "from __future__ import annotations\nx: int = 1",
    ),
    "a folder of": (house.texts, "notes.md", "see " + "/".join(["", "home", "ada", "book"])),
    "a registry": (house.texts, "notes.md", "from https://py" + "pi.org/simple"),
    "index-url": (house.texts, "notes.md", "pip --index-u" + "rl https://example.org/simple"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_finds_what_breaks_it(name: str, tmp_path: Path) -> None:
    rule, file, text = BROKEN[name]
    for module in ("perceptron", "exercises/__init__", "data/b", "plotting/a"):
        path = tmp_path / "dlbook" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        body = "from dlbook.stats import x\n" if module == "perceptron" else "__all__ = []\n"
        path.write_text(body, encoding="utf8")
    (tmp_path / "dlbook" / "stats.py").write_text("", encoding="utf8")
    (tmp_path / file).write_text(text, encoding="utf8")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", "-A"], check=True)
    assert [str(finding) for finding in rule(tmp_path)] != []
    (tmp_path / file).write_text("__all__ = []\n", encoding="utf8")
    if name != "has no place":
        assert [str(finding) for finding in rule(tmp_path)] == []


def test_imports_are_light() -> None:
    code = LOADED.format(names=LIGHT, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf8", check=True, cwd=ROOT
    )
    assert done.stdout.splitlines() == list(LIGHT)


def test_the_package_itself_imports_nothing() -> None:
    code = "import sys; old = set(sys.modules); import dlbook; print(*set(sys.modules) - old)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf8", check=True, cwd=ROOT
    )
    loaded = {name for name in done.stdout.split() if not name.startswith("__editable__")}
    assert loaded == {"dlbook"}


@pytest.mark.parametrize("name", MODULES)
def test_doctests_run(name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def public_objects(module: ModuleType) -> list[str]:
    """Return the functions and classes that a module exports and defines itself."""
    objects = {name: getattr(module, name) for name in module.__all__}
    return [
        name
        for name, value in objects.items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_is_listed_and_documented_with_an_example(name: str) -> None:
    module = importlib.import_module(name)
    if is_hidden_cases(module):
        return
    for exported in public_objects(module):
        value = getattr(module, exported)
        assert value.__doc__, f"{exported} has no docstring"
        if not isinstance(value, type):
            assert ">>> " in value.__doc__, f"the docstring of {exported} shows no example"


def is_hidden_cases(module: ModuleType) -> bool:
    """Tell whether a module holds the cases of a chapter's exercises; these have no readers."""
    return hasattr(module, "EXERCISES")


def pins() -> dict[str, str]:
    """Return the constraints by normalized name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf8").splitlines()
    found = (re.fullmatch(r"([\w.-]+)==(\S+)", line) for line in lines if line[:1] not in ("", "#"))
    pairs = [(match[1], match[2]) for match in found if match]
    assert len(pairs) == sum(line[:1] not in ("", "#") for line in lines), "a line is no pin"
    return {canonicalize_name(name): version for name, version in pairs}


def test_constraints_hold_no_local_versions() -> None:
    assert {name: version for name, version in pins().items() if "+" in version} == {}


def test_constraints_pin_every_dependency() -> None:
    """What pyproject names, and what that needs in turn, as far as it is installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    queue = [Requirement(text) for group in groups for text in group]
    seen: set[str] = set()
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or name == "dlbook" or re.match(r"nvidia-|triton|cuda-", name):
            continue  # torch's build for CUDA names these itself, with its own pins
        try:
            needed = requires(requirement.name) or []
        except PackageNotFoundError:  # an extra that is not installed here
            needed = []
        seen.add(name)
        for text in needed:
            inner = Requirement(text)
            extras = requirement.extras or {""}
            if inner.marker is None or any(inner.marker.evaluate({"extra": e}) for e in extras):
                queue.append(inner)
    assert seen - set(pins()) == set()


def test_declared_versions_admit_the_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in (Requirement(text) for group in groups for text in group):
        name = canonicalize_name(requirement.name)
        if name != "dlbook":
            assert requirement.specifier.contains(pins()[name]), f"{requirement} and its pin"


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda p: p.name
)
def test_workflows_are_valid_and_ask_for_little(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf8"))
    assert {"name", True, "permissions", "jobs"} <= set(workflow)  # YAML reads `on` as true
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            if "uses" in step:
                assert re.fullmatch(
                    r"[\w.-]+/[\w./-]+@(?:v\d+(?:\.\d+)*|[0-9a-f]{40})", step["uses"]
                )
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_workflows_run_what_exists() -> None:
    """A workflow that calls a file or a make target finds it."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.M))
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf8")
        assert set(re.findall(r"\bmake ([a-z]+)", text)) <= targets
        for name in re.findall(r"(?<![\w./-])((?:book|tests|dlbook|\.ci)/[\w./-]+)", text):
            assert (ROOT / name).exists(), f"{path.name} names {name}"


def test_every_test_file_is_python_that_asserts() -> None:
    """A test file without a single assertion, raise or fail could not fail."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf8"))
        calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        asserts = any(isinstance(n, ast.Assert) for n in ast.walk(tree))
        assert asserts or any("raises" in c or "fail" in c or "assert" in c for c in calls), path
