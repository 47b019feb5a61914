"""The registry: `claims.yml` and how it is read."""

import re
from pathlib import Path

import pytest
import yaml
from pybtex.database import Entry, parse_file

from dlbook.claims import REGISTRY, Claim, registry

BIBLIOGRAPHY = Path(__file__).parents[1] / "book" / "references.bib"


class StrictLoader(yaml.SafeLoader):
    """Refuses a mapping that has a key twice, of which YAML would keep the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key twice among {keys}, {node.start_mark}"
        return super().construct_mapping(node, deep)


@pytest.fixture(scope="module")
def bibliography() -> dict[str, Entry]:
    return dict(parse_file(str(BIBLIOGRAPHY)).entries)


def cited(entry: Entry) -> str:
    """Return an entry as a card cites it: Rumelhart et al. (1986)."""
    people = entry.persons["author"] or entry.persons["editor"]
    names = [" ".join(map(str, p.rich_prelast_names + p.rich_last_names)) for p in people]
    year = entry.fields["year"]
    if len(names) == 2 and names[1] != "others":
        return f"{names[0]} and {names[1]} ({year})"
    return f"{names[0]}{' et al.' if len(names) > 1 else ''} ({year})"


def test_the_file_has_no_key_twice():
    read = yaml.load(REGISTRY.read_text(encoding="utf8"), StrictLoader)
    assert set(read) == {"claims", "named_not_tested"}
    assert [row["id"] for row in read["claims"]] == list(registry())


@pytest.mark.parametrize("claim", registry().values(), ids=lambda claim: claim.id)
def test_each_claim_is_complete(claim, bibliography):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim.id)
    assert claim.wording == claim.wording.strip() and claim.wording.endswith(".")
    assert claim.chapters
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9-]+", chapter) for chapter in claim.chapters)
    assert len(set(claim.chapters)) == len(claim.chapters)
    for key, shown in claim.sources.items():
        assert key in bibliography, f"{key} is not in {BIBLIOGRAPHY.name}"
        assert shown == cited(bibliography[key])


def test_wordings_differ():
    wordings = [claim.wording for claim in registry().values()]
    assert len(set(wordings)) == len(wordings)


def test_what_is_not_tested_has_a_reason():
    rows = yaml.safe_load(REGISTRY.read_text(encoding="utf8"))["named_not_tested"]
    assert all(set(row) == {"what", "why"} and row["why"].endswith(".") for row in rows)
    assert len({row["what"] for row in rows}) == len(rows)


ROW = "claims:\n  - {id: a, wording: It is so., chapters: [x/y]}\n"


def test_a_row_is_read(tmp_path):
    file = tmp_path / "claims.yml"
    file.write_text(ROW + "  - {id: b, wording: No., chapters: [x/y, x/z], sources: {k: K (1)}}\n")
    read = registry(file)
    assert list(read) == ["a", "b"]
    assert read["a"] == Claim("a", "It is so.", ("x/y",), {})
    assert read["b"].sources == {"k": "K (1)"}
    assert len({*read.values()}) == 2  # a claim can be kept in a set


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("  - {id: a, wording: No., chapters: [x/z]}\n", "broken.yml has the claim 'a' twice"),
        ("  - {id: b, chapters: [x/z]}\n", r"'b' lacks \['wording'\]"),
        ("  - {id: b, wording: No., chapters: [x/z], source: {}}\n", r"has \['source'\]"),
        ("  - {id: b, wording: No., chapters: []}\n", "'b' needs a list of chapters"),
        ("  - {id: b, wording: No., chapters: x/z}\n", "'b' needs a list of chapters"),
    ],
)
def test_a_row_that_is_not_complete(tmp_path, more, words):
    file = tmp_path / "broken.yml"
    file.write_text(ROW + more)
    with pytest.raises(ValueError, match=words):
        registry(file)
