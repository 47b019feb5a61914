"""Each mend on the smallest text that needs it."""

import pytest
from dlbook_site.mends import mend


def test_an_id_stays_at_its_first_place():
    assert mend('<p id="a">1</p><p id="a">2</p>') == '<p id="a">1</p><p>2</p>'


def test_a_folded_box_is_a_details_element():
    box = (
        '<div class="solution dropdown admonition" id="s"><p class="admonition-title">'
        'Solution to <a href="#e">Exercise 1</a></p><p>It is 4.</p></div>'
    )
    assert mend(box) == (
        '<details class="solution dropdown admonition" id="s"><summary class="admonition-title">'
        "Solution to Exercise 1</summary><p>It is 4.</p></details>"
    )


def test_a_box_that_does_not_fold_stays():
    box = '<div class="note admonition"><p class="admonition-title">Note</p></div>'
    assert mend(box) == box


@pytest.mark.parametrize(
    ("words", "name"), [("source", "Show the code"), ("output", "Show output")]
)
def test_hidden_code_has_a_plain_name(words, name):
    fold = (
        '<details class="admonition hide above-input"><summary aria-label="Toggle hidden content">'
        f'<p class="collapsed admonition-title">Show code cell {words}</p>'
        f'<p class="expanded admonition-title">Hide code cell {words}</p></summary></details>'
    )
    assert mend(fold) == f'<details class="hidden-code"><summary>{name}</summary></details>'


def test_the_link_of_a_heading_has_a_name_and_no_text():
    heading = '<h2>Why<a class="headerlink" href="#why" title="Link to this heading">#</a></h2>'
    assert mend(heading) == (
        '<h2>Why<a aria-label="Link to the section Why" class="headerlink" href="#why"></a></h2>'
    )


def test_a_sections_number_ends_without_a_dot():
    assert mend('<h2><span class="section-number">1.2. </span>Why</h2>') == (
        '<h2><span class="section-number">1.2</span> Why</h2>'
    )


def test_a_table_scrolls_within_itself_and_names_its_headers():
    table = "<table><colgroup><col></colgroup><thead><tr><th></th><th>n</th></tr></thead></table>"
    assert mend(table) == (
        '<div class="table-wrap"><table><thead><tr><td></td><th scope="col">n</th></tr></thead>'
        "</table></div>"
    )


def test_names_in_tables_break_between_their_parts_only():
    table = "<table><tbody><tr><td><code>dlbook.data.x_y</code> 0.5</td></tr></tbody></table>"
    assert "<code>dlbook.<wbr/>data.<wbr/>x_<wbr/>y</code> 0.5" in mend(table)
    assert mend("<p><code>dlbook.data</code></p>") == "<p><code>dlbook.data</code></p>"


def test_the_lines_of_a_signature_are_no_definitions():
    signature = '<dl><dt class="sig">f(<dl><dd><em>x</em>,</dd></dl>)</dt><dd>A function.</dd></dl>'
    assert mend(signature) == (
        '<dl><dt class="sig">f(<span class="sig-lines"><span class="sig-line"><em>x</em>,</span>'
        "</span>)</dt><dd>A function.</dd></dl>"
    )


def test_a_per_cent_sign_stays_with_its_number():
    assert mend("<p>95 % of it</p>") == "<p>95\N{NO-BREAK SPACE}% of it</p>"
    assert mend("<pre>5 % 2</pre>") == "<pre>5 % 2</pre>"


def test_the_ledger_can_be_read_without_columns():
    ledger = (
        '<table class="claims-ledger"><thead><tr><th>Claim</th><th>Verdict</th></tr></thead>'
        "<tbody><tr><th>It is so</th><td>True</td></tr></tbody></table>"
    )
    mended = mend(ledger)
    assert '<th data-label="Claim" role="rowheader" scope="row">It is so</th>' in mended
    assert '<td data-label="Verdict" role="cell">True</td>' in mended
    assert 'role="table"' in mended


def test_roles_that_aria_has_deprecated_are_replaced():
    entry = '<div role="list"><div class="citation" role="doc-biblioentry">A</div></div>'
    assert mend(entry) == '<div role="list"><div class="citation" role="listitem">A</div></div>'
    assert mend('<div role="doc-biblioentry">A</div>') == "<div>A</div>"


def test_a_section_without_a_heading_is_none():
    assert mend("<section><p>A</p></section>") == "<div><p>A</p></div>"
    named = "<section><h2>A</h2></section>"
    assert mend(named) == named


def test_a_margin_note_is_a_note_without_an_empty_title():
    aside = '<aside class="margin sidebar"><p class="sidebar-title"></p><p>A</p></aside>'
    assert mend(aside) == '<aside class="margin sidebar" role="note"><p>A</p></aside>'


def test_a_figure_tells_how_wide_it_is_drawn():
    figure = '<div class="dl-figure"><svg style="width:100%" width="600"></svg></div>'
    assert 'style="--drawn:600px;width:100%"' in mend(figure)


def test_text_and_code_come_through_unchanged():
    text = "<pre>a &lt; b  &amp;&amp;\n\n  c</pre><p>α ≤ β — “so”</p>"
    assert mend(text) == text
