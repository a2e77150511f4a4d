"""What property tests of the text functions draw from: texts full of markup, and ways to cut them into pieces."""

from collections.abc import Callable

from hypothesis import strategies as st

_FRAGMENTS = [
    *"\n\n\n\n    #>*+-_=~`|:.)(][!\\&<\"'",
    *["word", "é", "北京", "🎉", "1. ", "2) ", "- ", "* ", "> ", "**", "__", "``", "```", "~~~", "---", "===", "\n\n"],
    *["| a | b |\n", "|---|--:|\n", "a | b\n", "    ", "\t", "[x](http://a.b)", "![i](/p.png)", "[1]: http://a.b\n"],
    *["# ", "## ", "&amp;", "&lt;", "<b>", "</b>", "<!-- -->", "  \n", "\\\n", "- a\n- b\n", "```py\n", "> q\n"],
]


def markdown() -> st.SearchStrategy[str]:
    """Draw texts in which nearly everything might be markup."""
    return st.lists(st.sampled_from(_FRAGMENTS), max_size=40).map("".join)


@st.composite
def in_pieces(draw: Callable, texts: st.SearchStrategy[str]) -> tuple[str, list[str]]:
    """Draw a text and the same text cut at random places."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return text, [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
