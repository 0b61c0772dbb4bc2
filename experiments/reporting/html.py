"""Elements of a self-contained HTML page: no scripts, no fonts, nothing from a network."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Sequence
from html import escape

from matplotlib.figure import Figure

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { border-bottom: 1px solid #ccc; margin-top: 2.5rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; margin: .5rem 0 1rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }
th { border-bottom: 2px solid #888; } td.word, th.word { text-align: left; }
td.better { color: #006d4e; font-weight: 600; } td.worse { color: #a83a00; font-weight: 600; }
figure { margin: 1rem 0; } img { max-width: 100%; } figcaption, .note { color: #555; font-size: .9rem; }
pre { background: #f4f4f4; padding: .8rem; overflow-x: auto; font-size: .85rem; }
.warning { background: #fff4e0; border-left: 4px solid #e69f00; padding: .6rem 1rem; }
@media print { h2 { break-after: avoid; } table, figure { break-inside: avoid; } }
"""


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole page."""
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    return f"{head}<h1>{escape(title)}</h1>\n" + "\n".join(body) + "\n</body>\n</html>\n"


def section(title: str, *parts: str) -> str:
    """Return a section with its heading."""
    return f"<section>\n<h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; ``kind`` is ``note`` or ``warning``."""
    marked = f' class="{kind}"' if kind else ""
    return f"<p{marked}>{escape(text)}</p>"


def bullets(items: Sequence[str]) -> str:
    """Return a list."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def code(text: str) -> str:
    """Return text in a fixed-width font."""
    return f"<pre>{escape(text)}</pre>"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], words: Collection[int] = (0,)) -> str:
    """Return a table; ``words`` are columns of text. The verdicts better and worse are coloured."""
    kinds = [' class="word"' if i in words else "" for i in range(len(header))]
    head = "".join(f"<th{kind}>{escape(cell)}</th>" for cell, kind in zip(header, kinds, strict=True))
    lines = []
    for row in rows:
        marks = [
            f' class="word {cell}"' if cell in ("better", "worse") else k for cell, k in zip(row, kinds, strict=True)
        ]
        lines.append("".join(f"<td{mark}>{escape(cell)}</td>" for cell, mark in zip(row, marks, strict=True)))
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>'


def folded(summary: str, content: str) -> str:
    """Return content that readers can unfold."""
    return f"<details><summary>{escape(summary)}</summary>\n{content}\n</details>"


def picture(figure: Figure, caption: str) -> str:
    """Return a figure, with the picture embedded in the page."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    data = base64.b64encode(file.getvalue()).decode()
    words = escape(caption)
    return f'<figure><img alt="{words}" src="data:image/png;base64,{data}"><figcaption>{words}</figcaption></figure>'
