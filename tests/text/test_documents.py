"""Files become articles, or one sentence says why not."""

import pytest

from chat.text.documents import MAX_BYTES, Document, DocumentError, is_slug, read_document, slug_of

FRONT = '---\ntitle: "A day: its story"\nslug: the-day\nsummary: What it was.\nlanguage: en-GB\ntags: [a, b]\n---\n'


def read(text: str, name: str = "day.md", title: str = "") -> Document:
    return read_document(text.encode(), name, title)


def test_front_matter_says_what_the_article_is() -> None:
    assert read(f"{FRONT}\n## Part\n\nText.\n") == Document(
        "A day: its story", "the-day", "What it was.", "en-GB", "## Part\n\nText.\n"
    )


@pytest.mark.parametrize(
    "written",
    [
        'questions:\n  - "When is it?"\n  - What is it?  # a comment\n',
        "questions:\n- When is it?\n- What is it?\n",
        "questions: |\n  When is it?\n\n  What   is it?\n",
        "Questions: When is it?\n  What is it?\n",
    ],
)
def test_front_matter_may_hold_questions(written: str) -> None:
    assert read(f"---\n{written}title: Day\n---\nText.").questions == "When is it?\nWhat is it?"


def test_a_question_that_is_too_long_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"A question in day\.md is longer than 200 characters"):
        read(f"---\ntitle: Day\nquestions:\n  - {'x' * 201}\n---\nText.")


def test_a_first_level_heading_becomes_the_title_and_leaves_the_body() -> None:
    document = read("# The *big* day\n\nText.\n\n# Another\n")
    assert (document.title, document.slug) == ("The big day", "the-big-day")
    assert document.body == "Text.\n\n# Another\n"


def test_an_underlined_heading_is_a_title_too() -> None:
    assert read("The day\n=======\n\nText.") == Document("The day", "the-day", "", "", "Text.\n")


def test_a_lower_heading_becomes_the_title_and_stays() -> None:
    document = read("Before.\n\n## Part\n\nText.\n")
    assert (document.title, document.body) == ("Part", "Before.\n\n## Part\n\nText.\n")


def test_a_heading_that_repeats_the_given_title_leaves_the_body() -> None:
    assert read("---\ntitle: Day\n---\n# Day\n\nText.").body == "Text.\n"
    assert read("---\ntitle: Day\n---\n# Night\n\nText.").body == "# Night\n\nText.\n"


def test_the_title_asked_for_goes_first() -> None:
    document = read(FRONT + "Text.", title="  Another\n title ")
    assert (document.title, document.slug) == ("Another title", "the-day")


def test_a_hash_in_code_is_no_heading() -> None:
    assert read("```\n# no\n```\n\n# Yes\n").title == "Yes"


@pytest.mark.parametrize("name", ["day.txt", "-", "day.md", "day"])
def test_plain_text_begins_with_its_title(name: str) -> None:
    assert read("The day\n\nPart\nText of 2 * 3.\n- item\n", name) == Document(
        "The day", "the-day", "", "", "## Part\n\nText of 2 \\* 3.\n\n- item\n"
    )


def test_a_text_file_is_never_read_as_markdown() -> None:
    assert read("Title\n\n# 1 of **all**.", "a.txt").body == "\\# 1 of \\*\\*all\\*\\*.\n"


@pytest.mark.parametrize("sign", ["## Part", "**bold**", "[a](b)", "```\nx\n```", "| a |\n|---|"])
def test_a_file_of_unknown_kind_is_markdown_by_its_signs(sign: str) -> None:
    assert sign in read(f"# Title\n\n{sign}\n", "-").body


@pytest.mark.parametrize("sign", ["*a*", "`a`", "1. a", "> a"])
def test_weak_signs_count_only_in_a_markdown_file(sign: str) -> None:
    assert sign in read(f"---\ntitle: T\n---\n{sign}", "a.md").body
    assert "\\" in read(f"---\ntitle: T\n---\n{sign.replace('> ', '>')}", "-").body


def test_a_byte_order_mark_and_foreign_line_ends_are_dropped() -> None:
    assert read("\ufeff# Day\r\n\r\nOne\rtwo\r\n").body == "One\ntwo\n"


def test_front_matter_may_hold_more_than_is_needed() -> None:
    text = "---\n# about\ntags:\n- a\nsummary: >\n  One\n  two.\ntitle: 'It''s' # so\n...\nText."
    document = read(text)
    assert (document.title, document.summary, document.body) == ("It's", "One two.", "Text.\n")


@pytest.mark.parametrize(
    "text", ["---\n\nWords: all\n\n---\n\n# T\n\nx", "---\ntitle: T\n\n# T\n\nx", "---\nno entry\n---\n\n# T"]
)
def test_a_rule_is_not_front_matter(text: str) -> None:
    assert read(text).body.startswith("---\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "x.md is empty."),
        (b" \n\t", "x.md is empty."),
        (b"\xef\xbb\xbf", "x.md is empty."),
        (b"\x89PNG\r\n\x1a\n\0", "x.md is a binary file, not a text."),
        (b"# A\0", "x.md is a binary file, not a text."),
        ("# A".encode("utf-16"), "x.md is UTF-16 text. Save it as UTF-8."),
        ("# Aé".encode("latin-1"), "x.md is not UTF-8 text (byte 4). Save it as UTF-8."),
        (b"# A\n\n" + b"a" * MAX_BYTES, "x.md is larger than 2 MB."),
        (b"A sentence.\n\nAnother.", "x.md has no title: begin it with a heading, or give one with --title."),
        (b"# Title", "x.md holds a title but no text."),
        (b"# " + b"a" * 201 + b"\n\nText.", "The title of x.md is longer than 200 characters."),
        (b"---\nslug: a b\n---\n# A\n\nb", "The slug of x.md may hold only letters, digits, hyphens and underscores."),
        (b"---\nlanguage: Klingon!\n---\n# A\n\nb", "The language of x.md is no language tag such as en or pt-BR."),
    ],
)
def test_what_cannot_be_an_article_is_told_in_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_document(data, "x.md")
    assert str(error.value) == reason


def test_the_largest_file_is_read() -> None:
    assert len(read_document((b"# A\n\n" + b"a" * MAX_BYTES)[:MAX_BYTES], "a.md").body) > MAX_BYTES - 10


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Café & Bar", "cafe-bar"),
        ("北京 2008", "北京-2008"),
        ("Straße", "straße"),
        ("day " * 30, "-".join(["day"] * 20)),
    ],
)
def test_slugs_are_readable(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_titles_without_letters_get_slugs_of_their_own() -> None:
    assert slug_of("???").startswith("article-")
    assert slug_of("???") == slug_of("???") != slug_of("!!!")
    assert is_slug(slug_of("???"))


@pytest.mark.parametrize("slug", ["", "a b", "a/b", "a" * 121, "a\n"])
def test_addresses_hold_only_what_they_may(slug: str) -> None:
    assert not is_slug(slug)
