"""What is written before an exact text is read again, whatever the words are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.front_matter import front_matter, is_exact, split_exact, split_front_matter

# Databases store neither NUL nor half a surrogate pair.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
QUESTIONS = st.lists(WORDS.map(lambda text: " ".join(text.split())).filter(bool))


@given(WORDS, WORDS, QUESTIONS, WORDS)
def test_what_was_written_is_read_again(title, summary, questions, body):
    head = front_matter({"title": title, "summary": summary}, {"questions": questions})
    entries, rest = split_exact(head + body)
    read = {name: entry.value for name, entry in entries.items()}
    told = {"exact": "true", "title": title, "summary": summary, "questions": "\n".join(questions)}
    assert read == {name: value for name, value in told.items() if value}
    assert rest == body


def test_plain_words_are_written_plainly():
    head = front_matter({"title": "A feast", "summary": 'Said: "yes"'}, {"questions": ["Why?"]})
    assert head == '---\nexact: true\ntitle: A feast\nsummary: "Said: \\"yes\\""\nquestions:\n  - Why?\n---\n'


def test_entries_know_their_lines():
    entries, _ = split_exact("---\nexact: true\n\ntitle: A\n# note\nslug: b\n---\n")
    assert (entries["title"].line, entries["slug"].line) == (4, 6)


@pytest.mark.parametrize(("text", "line"), [("---\nexact: true\ntitle: A\n", 1), ("---\nexact: true\n?\n---\n", 3)])
def test_a_line_that_cannot_be_read_is_named(text, line):
    assert split_exact(text) == line


@pytest.mark.parametrize("head", [b"---\nexact: true\n", b"\xef\xbb\xbf---\nexact: true\n", b"---\r\nexact: true\r\n"])
def test_a_file_says_that_it_is_exact(head):
    assert is_exact(head + b"title: A\n---\n")


@pytest.mark.parametrize("data", [b"", b"---\ntitle: A\n---\n", b"exact: true\n"])
def test_other_files_are_not(data):
    assert not is_exact(data)


def test_values_in_double_quotes_have_escapes():
    entries, _ = split_front_matter('---\ntitle: "A \\"feast\\" \\u00e9"\nsummary: "5" tall"\n---\n')
    assert entries == {"title": 'A "feast" é', "summary": '5" tall'}
