"""``{claim-card} id`` shows a claim's card on another page, as the chapter's last run left it."""

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.executed import CLAIM, joined, load_notebook, records
from dlbook_site.generated import Generated, Kind, add_kind, link, placeholder, warn


class ClaimCard(Generated):
    """``{claim-card} id``: the card, and where it comes from."""

    kind = "claim-card"
    required_arguments = 1

    def prepare(self, node: placeholder) -> None:
        """Note which card is meant."""
        node["claim"] = self.arguments[0]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    add_kind(app, ClaimCard, Kind(fill))


def fill(app: Sphinx, here: str, node: placeholder) -> list[nodes.Node]:
    """Return the card of the last chapter that has one, and a link to it."""
    claim = node["claim"]
    pages = [r for r in records(app).values() if any(c["id"] == claim for c in r.claims)]
    if not pages:
        warn(here, f"no executed page has a card for the claim {claim!r}")
        return []
    page = pages[-1]
    card = nodes.raw("", _html(app, page.name, claim), format="html")
    chapter = link(app, here, page.name, page.label, f"claim-{claim}")
    source = nodes.paragraph("", "", nodes.Text("This card stands in "), chapter, nodes.Text("."))
    source["classes"].append("card-source")
    return [card, source]


def _html(app: Sphinx, page: str, claim: str) -> str:
    """Return the card's HTML from the executed notebook."""
    for cell in load_notebook(app, page)["cells"]:
        for output in cell.get("outputs", []):
            if output.get("data", {}).get(CLAIM, {}).get("id") == claim:
                return joined(output["data"]["text/html"])
    return ""
