"""What the tests of `dlbook.claims` share."""

import pytest

import dlbook.claims
from dlbook.claims import Card, claim

ID = "stack-collapses"  # any entry of the registry that has sources


def judged(measured=None, control=None, *, id=ID, **rule) -> Card:
    """Return the card that a claim shows, without showing it."""
    words = {"verdict": "true", "quantity": "a share", "evidence": "Some runs."}
    cards = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dlbook.claims, "show", cards.append)
        assert claim(id, measured=measured, control=control, **(words | rule)) is None
    (card,) = cards
    return card
