"""Tables in boxes of their own that scroll, also by keyboard."""

import re

_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)


def with_boxed_tables(html: str) -> str:
    """Return html with each table in a box."""
    return _TABLE.sub(r'<div class="scroll" role="group" aria-label="Table" tabindex="0">\g<0></div>', html)
