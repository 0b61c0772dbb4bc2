"""Language of what people read: texts through gettext catalogues, figures and dates as each language writes them.

The shell and all files for machines are in English. The app says which language its reader chose (`follow`).
Catalogues are the ``.po`` files beside this module, compiled when a language is first asked for. Only then is Babel
imported: the shell starts without it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

SOURCE = "en"
LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "it": "Italiano", "ar": "العربية"}
DRAFTS = ("fr", "es", "it", "ar")
"""Languages whose catalogue no native speaker has reviewed."""
FOLDER = Path(__file__).with_name("locale")
DOMAIN = "corridor"
KOSOVO = {"XKX": ["XK"]}
"""A code in use that no standard has."""
APART = ("\u2066", "\u2069")
"""Marks around a figure in a text from right to left: without them its sign would move to the other side."""

_told: ContextVar[str | None] = ContextVar("language", default=None)
_chosen: list[Callable[[], str]] = [lambda: SOURCE]


def language() -> str:
    """Return the code of the present language."""
    return _told.get() or _chosen[-1]()


def follow(chosen: Callable[[], str]) -> None:
    """Take the language from a function, which is asked at every text."""
    _chosen[:] = [chosen]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Have everything in one language, whatever the reader chose."""
    token = _told.set(code)
    try:
        yield
    finally:
        _told.reset(token)


def file_of(code: str) -> Path:
    """Return the catalogue of a language."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def catalogue(code: str) -> NullTranslations:
    """Return the texts of a language; of the source language as they are."""
    if code == SOURCE:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with file_of(code).open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _(message: str) -> str:
    """Return a text in the present language."""
    return catalogue(language()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Return the text for a count in the present language."""
    return catalogue(language()).ngettext(one, many, count)


def N_(message: str) -> str:
    """Mark a text that is translated where it is shown."""
    return message


def is_right_to_left() -> bool:
    """Return whether the present language is written from right to left."""
    return language() != SOURCE and _locale().text_direction == "rtl"


def _locale() -> Locale:
    from babel import Locale

    return Locale(language())


def figure(text: str) -> str:
    """Return a number as the present language writes it.

    Parameters
    ----------
    text : str
        With a decimal point and commas between thousands.

    Examples
    --------
    >>> with speaking("es"):
    ...     figure("12,345.6")
    '12.345,6'
    """
    if language() == SOURCE:
        return text
    symbols = _locale().number_symbols["latn"]
    written = text.translate({ord("."): symbols["decimal"], ord(","): symbols["group"]})
    return written.join(APART) if is_right_to_left() else written


def date_words(day: dt.date) -> str:
    """Return a date in words.

    Examples
    --------
    >>> date_words(dt.date(2026, 11, 3))
    '03 November 2026'
    """
    if language() == SOURCE:
        return f"{day:%d %B %Y}"
    from babel.dates import format_date

    return format_date(day, "long", language())


def country_words(code: str, label: str) -> str:
    """Return the name of a country.

    Parameters
    ----------
    code : str
        ISO 3166, three letters.
    label : str
        Its name in English, and in all languages for one that is invented.
    """
    if language() == SOURCE:
        return label
    from babel.core import get_global

    known = KOSOVO.get(code) or ([] if code.startswith("X") else get_global("territory_aliases").get(code))
    return str(_locale().territories.get(known[0], label)) if known else label


def listed(names: list[str], last: str) -> str:
    """Return names as a list in words.

    Parameters
    ----------
    names : list of str
    last : str
        What joins the last two: a text with ``{first}`` and ``{last}``.
    """
    if len(names) < 2:
        return "".join(names)
    return last.format(first=_(", ").join(names[:-1]), last=names[-1])
