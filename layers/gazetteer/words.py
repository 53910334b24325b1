"""Words as they are compared: one width, one script, one way to write a number."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import cn2an
from opencc import OpenCC

DIGITS = "零〇一二两三四五六七八九十百"
NUMBER = f"(?:[0-9]+|[{DIGITS}]+)"
_DASHES = str.maketrans(dict.fromkeys("－–—~～〜‐", "-"))
_TAKEN_OUT = re.compile(r"[，。；：！？“”‘’（）《》【】,;:!?\"'()\[\]<>·•]")
_SPACE = re.compile(r"\s+")
_LETTERS = re.compile(r"[a-z]")


@lru_cache(1)
def _simplified() -> OpenCC:
    return OpenCC("t2s")


def normalise(text: str) -> str:
    """
    Return a text in the form in which names are compared.

    Full-width becomes half-width (Unicode NFKC), traditional characters simplified, letters small;
    punctuation goes, and spaces but those between letters and digits.
    """
    text = unicodedata.normalize("NFKC", text).lower().translate(_DASHES)
    text = _simplified().convert(_TAKEN_OUT.sub(" ", text))
    pieces = _SPACE.split(text.strip())
    joined = pieces[0]
    for piece in pieces[1:]:
        apart = joined[-1:].isascii() and piece[:1].isascii()
        joined += f" {piece}" if apart else piece
    return joined


def to_number(text: str) -> int | None:
    """Return what a number in digits or in Chinese means, None if it is none."""
    if text.isascii():
        return int(text) if text.isdigit() else None
    try:
        return int(cn2an.cn2an(text.replace("〇", "零"), "smart"))
    except ValueError:
        return None


def is_latin(text: str) -> bool:
    """Tell whether a normalised text is spelled in letters, as pinyin is."""
    return text.isascii() and _LETTERS.search(text) is not None
