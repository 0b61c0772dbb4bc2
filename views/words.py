"""Text of others on a page: of an address, an upload or a store. It is shown as it is, never as Markdown."""

from __future__ import annotations

import re

PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Line ends would begin lists and headings; marks of direction would turn the rest of a sentence round.
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
# What becomes a link or a picture after escapes have been taken off: https://…, www.…, name@host, :material/…:.
JOINTS = re.compile(r"(?<=\bwww)(?=\.)|(?=@)|(?<=:)(?=\S)", re.IGNORECASE)
WORD_JOINER = "\u2060"


def plain(text: object) -> str:
    r"""Return text so that Markdown shows it letter by letter.

    Examples
    --------
    >>> plain("2 * 3"), plain("![x](y)")
    ('2 \\* 3', '\\!\\[x\\]\\(y\\)')
    """
    apart = JOINTS.sub(WORD_JOINER, BREAKS.sub(" ", str(text)))
    return PUNCTUATION.sub(r"\\\1", apart)
