"""Every rule of the book, by the name under which its test reports it."""

from bookcheck import cards, code, glued, modules, names, outputs, prose, sources, structure
from bookcheck.book import Rule

# Rules for the sources alone: they need no build.
SOURCE_RULES: dict[str, Rule] = {
    "front matter": structure.front_matter,
    "opening questions": structure.opening_questions,
    "exercises": structure.exercises,
    "checked exercises": structure.checked_exercises,
    "summary": structure.summary,
    "further reading": structure.further_reading,
    "typed numbers": prose.typed_numbers,
    "unfinished": prose.unfinished,
    "filler": prose.filler,
    "stray braces": prose.stray_braces,
    "glue is page-local": glued.page_local,
    "glue has a format": glued.formatted,
    "glue has a value": glued.produced,
    "glue is shown": glued.shown,
    "cards are computed": cards.computed,
    "evidence is computed": cards.computed_evidence,
    "claims keep their name": cards.one_name,
    "claims are registered": cards.registered,
    "claims have sources": cards.sourced,
    "claims have a sabotage": cards.sabotaged,
    "no verdict on wall time": cards.no_wall_time,
    "drawn pictures have alt texts": outputs.drawn_alt_texts,
    "citations resolve": sources.citations,
    "references can be found": sources.identifiers,
    "labels are unique": names.unique_labels,
    "equations are named": names.equation_labels,
    "equations are tested": names.tested_equations,
    "cells parse": code.parses,
    "cells import by name": code.imports,
    "no device is named": code.devices,
    "modules name their page": modules.named_pages,
    "pages name their modules": modules.named_modules,
}

# Rules for what the executed cells showed: they need the build.
OUTPUT_RULES: dict[str, Rule] = {
    "every page was executed": outputs.executed,
    "figures have alt texts": outputs.alt_texts,
    "figures have captions": outputs.captions,
    "cards are shown": outputs.shown_cards,
    "solutions pass their checks": outputs.solved,
}
