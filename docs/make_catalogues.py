"""Bring the catalogues of translations (``experiments/reporting/locale``) up to date with the texts of the app.

Run ``python -m docs.make_catalogues`` after a text was added or changed. New texts stand in every catalogue with a
blank translation, which a test refuses; what is no longer used goes. Translators edit the ``.po`` files with any tool.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from corridor.experiments.analysis.effects import ALL, MEANING
from corridor.experiments.reporting.boundaries import ATTRIBUTION
from corridor.experiments.reporting.language import DOMAIN, DRAFTS, LANGUAGES, SOURCE, file_of
from corridor.experiments.reporting.listing import entries
from corridor.model.levers import LEVERS
from corridor.model.policies import AdaptiveRule, Measure
from corridor.scenarios import available, interventions, policy_file, read_future, shocks
from corridor.scenarios.validation import answers
from corridor.views.assumptions import assumptions_in
from corridor.views.digest import SERIES
from corridor.views.history import INDICATORS, LIKE
from corridor.views.package import corridor_of

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("app.py", "views/*.py", "experiments/reporting/*.py")
MARKS = ("_", "N_", "ngettext")
SEEN_AS_NAMES = ("kind:", "side:", "role:", "mode:")


def template() -> Catalog:
    """Return every text that the app can show in another language, without translations."""
    found = Catalog(domain=DOMAIN, project="Corridor", charset="utf-8")
    for pattern in SOURCES:
        for file in sorted(ROOT.glob(pattern)):
            for message in texts_of_code(file.read_text(encoding="utf-8")):
                found.add(message, locations=[(str(file.relative_to(ROOT)), 0)])
    for where, text in texts_of_tables():
        found.add(text, locations=[(where, 0)])
    return found


def texts_of_code(code: str) -> Iterator[str | tuple[str, str]]:
    """Yield the texts that are marked in code, singular and plural together; also those inside formatted strings."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if texts:
                yield (texts[0], texts[1]) if node.func.id == "ngettext" else texts[0]


def texts_of_tables() -> Iterator[tuple[str, str]]:
    """Yield position and text of everything that pages show from tables rather than from their own code."""
    for metric in ALL:
        yield from (("outcomes", text) for text in (metric.label, metric.unit, metric.meaning))
    for finding, meaning in MEANING.items():
        yield from (("findings", text) for text in (finding, meaning))
    yield "maps", ATTRIBUTION
    for series in SERIES.values():
        yield "series", series.unit
    for lever in LEVERS.values():
        yield from (("levers", text) for text in (lever.meaning, lever.unit))
    for driver in (*interventions().values(), *shocks().values()):
        yield from (("measures and shocks", text) for text in (driver.title, driver.unit, driver.description))
        yield "mechanisms", driver.mechanism
    yield from (("pillars", measure.pillar) for measure in interventions().values())
    yield from (("kinds of shocks", shock.kind) for shock in shocks().values())
    for name in available("policies"):
        file = policy_file(name)
        yield from (("packages", text) for text in (file.title, file.description))
        yield from _of_rules(file.rules)
        for measure in (*file.measures, *(rule.measure for rule in file.rules)):
            yield from _of_places(measure)
    for name in available("futures"):
        future = read_future(name)
        yield from (("futures", text) for text in (future.title, future.description))
    yield from (("corridors", record["title"]) for record in entries("scenarios"))
    yield from _of_corridor("mediterranean")


def _of_rules(rules: tuple[AdaptiveRule, ...]) -> Iterator[tuple[str, str]]:
    yield from (("indicators", rule.indicator.replace("_", " ")) for rule in rules)


def _of_places(measure: Measure) -> Iterator[tuple[str, str]]:
    for target in measure.target:
        if target != "all" and not target.startswith(SEEN_AS_NAMES):
            yield "places of measures", target.partition(":")[2] or target


def _of_corridor(name: str) -> Iterator[tuple[str, str]]:
    """Yield routes, assumptions and real events; names of towns stay as they are."""
    corridor = corridor_of(name)
    yield from (("routes", route) for route in corridor.routes)
    for assumption in assumptions_in(corridor):
        yield from (("assumptions", text) for text in (assumption.meaning, assumption.unit))
    used = {event for events in LIKE.values() for event in events}
    for answer in answers(name):
        if answer.event in used:
            yield "events", answer.title.removesuffix(", stylised")
            yield "indicators", INDICATORS.get(answer.indicator, answer.indicator.replace("_", " "))


def updated(code: str, wanted: Catalog) -> Catalog:
    """Return the catalogue of a language with the texts wanted and no others."""
    file = file_of(code)
    known = read_po(io.BytesIO(file.read_bytes()) if file.exists() else io.BytesIO(), locale=code, domain=DOMAIN)
    known.update(wanted, no_fuzzy_matching=True)
    known.obsolete.clear()
    known.project = "Corridor"
    if code in DRAFTS:
        known.header_comment = f"# {LANGUAGES[code]}: machine-drafted, not yet reviewed."
    known.fuzzy = False
    known.revision_date = known.creation_date = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    known.version = known.msgid_bugs_address = known.last_translator = known.language_team = ""
    return known


def main() -> None:
    """Write the catalogue of every language but the source language."""
    wanted = template()
    for code in LANGUAGES:
        if code == SOURCE:
            continue
        whole, file = updated(code, wanted), file_of(code)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            write_po(out, whole, width=120, sort_output=True, include_lineno=False, omit_header=False)
        blank = sum(not message.string or not all(message.string) for message in whole if message.id)
        print(f"{file.relative_to(ROOT)}: {len(whole)} texts, {blank} without translation")


if __name__ == "__main__":
    main()
