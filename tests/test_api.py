"""The reference: each public name stands in it, and its docstring says what a reader needs."""

import importlib
import inspect
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "book" / "back" / "api.md", *sorted((ROOT / "book" / "back" / "api").glob("*.md"))]
# The order of imports in the house, lowest first.
ORDER = ["device", "seed", "glue", "stats", "claims", "perceptron", "autograd"]
ORDER += ["nn", "optim", "data", "metrics", "plotting", "models", "training", "exercises", "cli"]
EXTENSIONS = ["myst_parser", "sphinx.ext.napoleon", "sphinx.ext.intersphinx", "dlbook_site.api"]
EXTENSIONS += ["dlbook_site.commandhelp"]
INVENTORIES = sorted((ROOT / "book" / "_inv").glob("*.inv"))
SECTIONS = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.M)
NUMBERED = re.compile(r"^\s*\.\. \[\w+\]|\[\d+\]_", re.M)


def public_modules() -> list[ModuleType]:
    """Return the library's public modules, without the hidden cases, which have no readers."""
    files = sorted((ROOT / "dlbook").rglob("*.py"))
    names = [".".join(f.relative_to(ROOT).with_suffix("").parts) for f in files]
    names = [name.removesuffix(".__init__") for name in names]
    public = [name for name in names if "._" not in name]
    modules = [importlib.import_module(name) for name in public]
    return [module for module in modules if not hasattr(module, "EXERCISES")]


def own(obj: Any) -> bool:
    """Tell whether the library defines an object."""
    return str(getattr(obj, "__module__", "")).split(".")[0] == "dlbook"  # slots have none


MODULES = {module.__name__: module for module in public_modules()}
# A package lists its modules, which are documented for themselves.
NAMES = {
    f"{module}.{name}": getattr(found, name)
    for module, found in MODULES.items()
    for name in found.__all__
    if f"{module}.{name}" not in MODULES
}
CALLED = {name: value for name, value in NAMES.items() if inspect.isfunction(value)}
CLASSES = {name: value for name, value in NAMES.items() if inspect.isclass(value)}
METHODS = {
    f"{name}.{attribute}": value
    for name, owner in CLASSES.items()
    for attribute, value in vars(owner).items()
    if attribute[0] != "_" and inspect.isfunction(value)
    # what it overrides is documented where it comes from
    if not any(hasattr(base, attribute) for base in owner.__mro__ if not own(base))
}


class Reference(NamedTuple):
    """What a build of the reference's pages left."""

    returncode: int
    log: str
    names: dict[str, str]  # page by documented name


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The reference's pages with the book's own settings, without its other pages, offline."""
    source = tmp_path_factory.mktemp("reference")
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))["sphinx"]["config"]
    kept = ("napoleon_", "autodoc_", "python_", "intersphinx_", "nitpicky")
    conf = {name: value for name, value in settings.items() if name.startswith(kept)}
    conf |= {"extensions": EXTENSIONS, "root_doc": "book/index", "myst_enable_extensions": []}
    paths = [f"sys.path.insert(0, {str(ROOT / 'book' / '_ext')!r})", "import json, sys"][::-1]
    read = f"globals().update(json.loads({json.dumps(conf)!r}))"
    (source / "conf.py").write_text("\n".join([*paths, read]), encoding="utf8")
    for page in sorted((ROOT / "book").rglob("*.md")):
        copy = source / page.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = page.read_text(encoding="utf8")
        whole = text.replace("---\n", "---\norphan: true\n", 1)
        copy.write_text(whole if page in PAGES else stub(text), encoding="utf8")
    (source / "book" / "_inv").symlink_to(ROOT / "book" / "_inv", target_is_directory=True)
    (source / "dlbook").symlink_to(ROOT / "dlbook", target_is_directory=True)  # listings
    command = ["-m", "sphinx", "-E", "-W", "-n", "--keep-going", "-b", "html", str(source)]
    done = subprocess.run(
        [sys.executable, *command, str(source / "_site")],
        env={"PATH": "", "http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"},
        capture_output=True,
        encoding="utf8",
        check=False,
    )
    inventory = source / "_site" / "objects.inv"
    names = dict(rows(inventory.read_bytes())) if inventory.exists() else {}
    return Reference(done.returncode, done.stdout + done.stderr, names)


def stub(text: str) -> str:
    """Return a page's labels and its title."""
    heads = re.findall(r"^\([\w-]+\)=$|^# .+$", text, re.M)
    title = next(i for i, head in enumerate(heads) if head.startswith("# "))
    return "---\norphan: true\n---\n" + "\n".join(heads[: title + 1]) + "\n"


def rows(inventory: bytes) -> list[tuple[str, str]]:
    """Return each Python name of an inventory with its page."""
    body = zlib.decompress(inventory.split(b"\n", 4)[4]).decode()
    found = (re.fullmatch(r"(\S+) py:\w+ \S+ (\S+) .*", row) for row in body.splitlines())
    pages = [(match[1], match[2].partition("#")[0]) for match in found if match]
    return [(name, page.replace("$", name)) for name, page in pages]


@pytest.mark.slow
def test_it_builds_without_a_warning_and_without_the_network(reference: Reference) -> None:
    assert reference.returncode == 0, reference.log


@pytest.mark.slow
def test_every_public_module_has_a_section(reference: Reference) -> None:
    assert len(MODULES) >= 20
    assert set(MODULES) - set(reference.names) == set()


@pytest.mark.slow
def test_every_public_name_stands_in_it(reference: Reference) -> None:
    assert len(NAMES) >= 70
    documented = [resolve(name) for name in reference.names if name not in MODULES]
    missing = [
        name
        for name, value in NAMES.items()
        if name not in reference.names and not any(value is other for other in documented)
    ]
    assert missing == [], "add them to book/back/api.md or a page of book/back/api/"


@pytest.mark.slow
def test_nothing_private_stands_in_it(reference: Reference) -> None:
    private = {name for name in reference.names if re.search(r"\._(?!_version__)", name)}
    # where a class is defined is an alias of where it is listed
    assert {name for name in private if resolve(name) not in list(NAMES.values())} == set()


def test_modules_stand_in_the_order_of_imports() -> None:
    text = "".join(page.read_text(encoding="utf8") for page in PAGES[:1])
    found = re.findall(r"automodule:: dlbook\.(\w+)$|\{ref}`\w+ <api-(\w+)>`", text, re.M)
    packages = [package for _, package in found if package]
    modules = [module for module, _ in found if module]
    assert modules == [name for name in ORDER if name in modules]
    assert packages == [name for name in ORDER if name in packages]
    assert sorted([*modules, *packages]) == sorted(ORDER)


def resolve(name: str) -> Any:
    """Return what a dotted name stands for; None if it cannot be imported, as an attribute of
    instances cannot."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part, None)
        return found
    return None


def sections(value: Any) -> dict[str, str]:
    """Return the parts of a docstring by their titles; what comes before them under ''."""
    parts = SECTIONS.split(inspect.cleandoc(value.__doc__ or ""))
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def described(value: Any, section: str = "Parameters") -> set[str]:
    """Return the names that a docstring describes."""
    heads = re.findall(r"^(\S.*?)(?: : .*)?$", sections(value).get(section, ""), re.M)
    return {name.strip(" *") for head in heads for name in head.split(",")}


def taken(value: Any) -> set[str]:
    """Return the names of the parameters that a docstring has to describe."""
    if inspect.isclass(value) and not own_signature(value):
        return set()  # they are another library's
    return set(inspect.signature(value).parameters) - {"self"}


def own_signature(owner: type) -> bool:
    """Tell whether the library says how a class is made, and not a base from elsewhere."""
    if issubclass(owner, Exception):
        return False
    return issubclass(owner, tuple) or own(owner.__init__)


@pytest.mark.parametrize("name", [*MODULES, *CALLED, *CLASSES, *METHODS])
def test_a_docstring_begins_with_a_sentence(name: str) -> None:
    summary = sections(resolve(name))[""].split("\n\n")[0]
    assert "\n" not in summary, f"the summary takes one line: {summary!r}"
    assert re.fullmatch(r"[\w`:\[].{10,}[.?]", summary), summary


@pytest.mark.parametrize("name", [*CALLED, *CLASSES, *METHODS])
def test_a_docstring_describes_what_goes_in(name: str) -> None:
    value = resolve(name)
    assert described(value) - {""} == taken(value)


@pytest.mark.parametrize("name", [*CALLED, *METHODS])
def test_a_docstring_says_what_comes_out(name: str) -> None:
    value = resolve(name)
    returns = inspect.signature(value).return_annotation not in (None, "None")
    told = name in METHODS and sections(value)[""].startswith("Return ")
    assert ("Returns" in sections(value) or told) == returns


@pytest.mark.parametrize("name", [*CALLED, *(n for n, c in CLASSES.items() if own_signature(c))])
def test_a_docstring_has_an_example(name: str) -> None:
    if name == "dlbook.cli.main":
        return  # it ends the process; its examples are in the help
    assert ">>> " in sections(resolve(name)).get("Examples", "")


@pytest.mark.parametrize("path", sorted((ROOT / "dlbook").rglob("*.py")), ids=lambda p: p.stem)
def test_references_are_plain_lines(path: Path) -> None:
    """A numbered target would be defined twice on a page that has two docstrings."""
    assert NUMBERED.findall(path.read_text(encoding="utf8")) == []


@pytest.mark.parametrize("path", INVENTORIES, ids=lambda path: path.stem)
def test_an_inventory_names_what_exists(path: Path) -> None:
    head, _, _, *lines = path.read_text(encoding="utf8").splitlines()
    assert head == "# Sphinx inventory version 1"
    for line in lines:
        name, role, page = line.split()
        found = resolve(name if "." in name else f"builtins.{name}")
        assert found is not None or name == "None", name
        assert role in ("class", "data", "exception") and page.endswith(".html"), line
        assert (role == "exception") == (isinstance(found, type) and issubclass(found, Exception))
