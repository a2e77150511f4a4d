"""What an editor is told about a text."""

import pytest

from chat.text.proofreading import remarks


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("# Title\n\nText", "first level"),
        ("## One\n\nText\n\n#### Two\n\nText", "“Two” skips a level: ### would follow here, not ####."),
        ("### One\n\nText", "skips a level"),
        ("## One\n\n## Two\n\nText", "There is nothing under “One”."),
        ("## One\n\nText\n\n## Two", "There is nothing under “Two”."),
        ("![](/a.png)", "no text for those who do not see it"),
        ("[](https://example.org)", "has no words"),
        ("[a](#nowhere)", "no heading has this name"),
        ("[a](http://example.org/)", "not encrypted"),
        ("[a](https:///x)", "is not an address"),
        ("[a](http://[1/)", "is not an address"),
        ("[a](example.org)", "neither a whole address nor one of this site"),
        ("[a]()", "leads nowhere"),
        ("[a](/articles/none/)", "there is no such article"),
    ],
)
def test_it_says_what_is_wrong(body: str, told: str):
    found = remarks(body, lambda slug: False)
    if told == "leads nowhere":
        assert found
    else:
        assert any(told in remark for remark in found), found


@pytest.mark.parametrize(
    "body",
    [
        "Text.",
        "Text\n\n## One\n\n### Two\n\nText\n\n## Three\n\nText",
        "## One\n\nText with [a link](#one), [one](https://example.org/a?b=c#d), [mail](mailto:a@example.org).",
        "[![Bread](/bread.png)](https://example.org)",
        "[other](/articles/feasts/#food) and [the front page](/)",
        "",
    ],
)
def test_it_says_nothing_about_a_good_text(body: str):
    assert remarks(body, lambda slug: slug == "feasts") == []
