"""Characters that nobody sees but that change what is seen: a line that is none, a turned direction.

Where text of people is shown to staff or written to a log, they stand as marks that nothing obeys.
"""

from __future__ import annotations

import re

# Controls but for tab and line feed; soft hyphen, zero width, line and paragraph separators, directions,
# invisible operators, annotations, tags and lone halves of pairs.
HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\ud800-\\udfff\\U000e0000-\\U000e007f]"
)


def escaped(text: str) -> str:
    r"""Return `text` with hidden characters as JSON escapes them (\u202e); JSON stays the same JSON.

    Other than JSON itself it leaves tabs and line feeds alone.
    """
    return HIDDEN.sub(lambda found: _escape(found.group()), text)


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
