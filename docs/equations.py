"""Equations of the protocol: their positions, their citations, and their display on the site.

An equation has a number, and a letter where it was added to one: ``**Eq. 9b** control ashore``. Texts and docstrings
cite them in lists: ``ODD eq. 9b, 20c and 38a``, ``ODD eq. 41 to 43`` (with all that carry letters between these).
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

_LABEL = r"\d+[a-z]?"
LIST = rf"({_LABEL}(?:(?:, | to | and ){_LABEL})*)"
"""One or more labels, as in "3", "4 and 5", "8 to 10", "11a to 15, 31, 32"."""
_TITLE = re.compile(rf"^\*\*Eq\. ({_LABEL})\*\*", flags=re.MULTILINE)
_CITED = re.compile(rf"\beq\. ({_LABEL})")


def labels(page: str) -> list[str]:
    """Return the labels of a page's equations, in its order."""
    return _TITLE.findall(page)


def position(label: str) -> tuple[int, str]:
    """Return the sort key of a label: 9, 9a, 9b, 10."""
    digits = label.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits), label[len(digits) :]


def named(listed: str, known: list[str]) -> set[str]:
    """Return the labels that a list names; those that nobody knows too, but for those inside a range."""
    found: set[str] = set()
    for part in re.split(", | and ", listed):
        first, _, last = part.partition(" to ")
        found |= {first, last or first}
        found |= {label for label in known if position(first) <= position(label) <= position(last or first)}
    return found


# --- on the site ------------------------------------------------------------------------------------------------------


def _anchor(page: str) -> str:
    """Add a link target to every equation of a page, and link its citations."""
    linked = _CITED.sub(r"[eq. \1](#eq-\1)", page)
    return _TITLE.sub(r"(eq-\1)=\n**Eq. \1**", linked)


def _anchor_page(app: Any, docname: str, source: list[str]) -> None:
    source[0] = _anchor(source[0])


def _link_docstring(app: Any, kind: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    # "equation", since a summary ends at the first full stop.
    lines[:] = [_CITED.sub(r":ref:`equation \1 <eq-\1>`", line) for line in lines]


def mathml(tex: str, as_block: bool) -> str:
    r"""Return LaTeX as MathML, by docutils, which lacks ``\big`` and ``\iff`` and puts an index below an accent."""
    tex = re.sub(r"\\(big|Big)(?=\s*(?:\)|\]|\\}))", r"\\\1r", tex)
    tex = re.sub(r"\\(big|Big)(?![a-zA-Z])", r"\\\1l", tex)
    tex = re.sub(r"(\\(?:bar|tilde|hat)\s*(?:\\[a-zA-Z]+|[a-zA-Z]))\s*_", r"\1{}_", tex)
    return str(tex2mathml(tex.replace(r"\iff", r"\Longleftrightarrow"), as_block=as_block))


def _visit_inline(self: Any, node: nodes.math) -> None:
    self.body.append(mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _visit_block(self: Any, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="equation") + mathml(node.astext(), as_block=True) + "</div>")
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Show equations as MathML, which browsers draw without a script, and link their citations."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    app.connect("source-read", _anchor_page)
    app.connect("autodoc-process-docstring", _link_docstring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
