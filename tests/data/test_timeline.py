"""The timeline agrees with the bibliography."""

from pathlib import Path

from pybtex.database import parse_file

from dlbook.data.timeline import timeline

BIBLIOGRAPHY = Path(__file__).parents[2] / "book" / "references.bib"
PRINTED_LATER = {"mccarthy2006proposal": 1955}


def test_each_work_has_the_year_of_its_entry():
    entries = parse_file(str(BIBLIOGRAPHY)).entries
    for work in timeline():
        assert work.year == PRINTED_LATER.get(work.key, int(entries[work.key].fields["year"]))


def test_works_are_in_order_and_told_apart():
    years = [work.year for work in timeline()]
    assert years == sorted(years)
    assert len({work.key for work in timeline()}) == len(years)
