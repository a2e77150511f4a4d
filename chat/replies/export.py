"""A conversation as a file: Markdown to read, JSON for programs, both with what was quoted and where it stands."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.text import slugify

from chat.models import Citation, Conversation, Message, Verdict
from chat.replies.ending import LARGE, cited, error_of
from chat.replies.footnotes import with_signs
from chat.replies.live import Cited

FILE_NAME_CHARS = 60
LARGE_OF_PASSAGE = [f"passage__{name}" for name in LARGE]
_BRACKETS = re.compile(r"([\[\]\\])")


def as_dict(conversation: Conversation, base_url: str) -> dict[str, Any]:  # Any: nested values of JSON
    """Return the conversation as JSON takes it, with the messages of all branches.

    base_url is the site's origin ("https://example.org"), before each address; "" leaves them relative. Three queries
    where the article is not at hand.
    """
    article = conversation.article
    return {
        "title": conversation.name,
        "url": base_url + conversation.get_absolute_url(),
        "article": {"title": article.title, "url": base_url + article.get_absolute_url()} if article else None,
        "created": in_iso(conversation.created),
        "updated": in_iso(conversation.updated),
        "archived": in_iso(conversation.archived),
        "messages": [message_as_dict(message, base_url) for message in messages_of(conversation)],
    }


def message_as_dict(message: Message, base_url: str) -> dict[str, Any]:  # Any: as above
    """Return one message; of a reply also how it ended, who made it, and what it cites."""
    told: dict[str, Any] = {
        "code": str(message.code),
        "parent": str(message.parent.code) if message.parent else None,
        "role": message.role,
        "text": message.text,
        "created": in_iso(message.created),
    }
    if about := message.about:
        told["about"] = {"exact": about.exact, "url": base_url + about.url, "place": about.place}
    if message.is_reply:
        error = error_of(message)
        told |= {
            "status": message.status,
            "error": str(error) if error else None,
            "model": message.model,
            "passages_given": message.passages_given,
            "passages_total": message.passages_total,
            "citations": [citation_as_dict(row, base_url) for row in message.citations.all()],
        }
    return told


def citation_as_dict(row: Citation, base_url: str) -> dict[str, Any]:  # Any: as above
    """Return a citation with the fields of `Cited`; the address of one that has a place is absolute."""
    found = cited(row)
    return asdict(found) | {"url": base_url + found.url if found.url else ""}


def as_markdown(conversation: Conversation, base_url: str) -> str:
    """Return the branch that is shown as Markdown: questions as quotes, citations as footnotes with their addresses."""
    told = as_dict(conversation, base_url)
    by_code = {message["code"]: message for message in told["messages"]}
    branch = [by_code[str(message.code)] for message in branch_of(conversation)]
    article = told["article"]
    about = f"About [{escaped(article['title'])}]({article['url']}). " if article else ""
    parts = [f"# {escaped(told['title'])}", f"{about}Begun on {told['created'][:10]}."]
    for number, message in enumerate(branch, 1):
        parts += reply_parts(message, number) if "citations" in message else question_parts(message)
    return "\n\n".join(part for part in parts if part) + "\n"


def question_parts(message: dict[str, Any]) -> list[str]:  # Any: as above
    """Return the paragraphs of a question, and of the passage that it is about."""
    about = message.get("about")
    passage = f"“{escaped(one_line(about['exact']))}” ([Article]({about['url']}))" if about else ""
    return ["## Question", passage, "\n".join(f"> {line}".rstrip() for line in message["text"].split("\n"))]


def reply_parts(message: dict[str, Any], number: int) -> list[str]:  # Any: as above
    """Return the paragraphs of the reply that is the `number`th message: its text, its end, its footnotes."""
    citations = [Cited(**fields) for fields in message["citations"]]
    ending = message["error"] or ("" if message["status"] == "complete" else message["status"].capitalize() + ".")
    notes = {note_label(found, number): found for found in citations if found.verdict == Verdict.VERIFIED}
    footnotes = [f"[^{label}]: “{one_line(found.exact)}” {link_to(found)}" for label, found in notes.items()]
    nearest = [f"- Nearest section: {link_to(found)}" for found in citations if found.verdict == Verdict.NEAREST]
    text = with_signs(message["text"], citations, lambda found: sign_of(found, number))
    return ["## Answer", text, f"*{ending}*" if ending else "", "\n".join(nearest), "\n".join(footnotes)]


def sign_of(found: Cited, number: int) -> str:
    """Return what stands behind a quotation: a footnote's sign, or a word where it was not found."""
    return f"[^{note_label(found, number)}]" if found.verdict == Verdict.VERIFIED else " *(not in the article)*"


def note_label(found: Cited, number: int) -> str:
    """Return the label of a footnote: unlike those of the other replies in the file."""
    return f"{number}-{found.n}"


def link_to(found: Cited) -> str:
    """Return a link to the place, with the section's name."""
    return f"[{escaped(one_line(found.section) or 'Article')}]({found.url})"


def messages_of(conversation: Conversation) -> list[Message]:
    """Return all messages, oldest first, with parents and citations at hand. Two queries."""
    citations = Citation.objects.select_related("revision__article", "section").defer(*LARGE)
    rows = conversation.messages.order_by("pk").prefetch_related(Prefetch("citations", queryset=citations))
    rows = rows.select_related("passage__revision__article", "passage__section").defer(*LARGE_OF_PASSAGE)
    messages = {message.pk: message for message in rows}
    for message in messages.values():
        message.parent = messages.get(message.parent_id) if message.parent_id else None
    return list(messages.values())


def branch_of(conversation: Conversation) -> list[Message]:
    """Return the messages that the page shows, oldest first."""
    return conversation.branch(conversation.thread())


def file_name(conversation: Conversation, ending: str) -> str:
    """Return a name that every file system takes: letters, digits and hyphens of ASCII."""
    return f"{slugify(conversation.name)[:FILE_NAME_CHARS].strip('-') or 'conversation'}.{ending}"


def in_iso(moment: datetime | None) -> str | None:
    """Return a moment as JSON has it."""
    return moment.isoformat() if moment else None


def one_line(words: str) -> str:
    """Return words without line breaks."""
    return " ".join(words.split())


def escaped(words: str) -> str:
    """Return words that end no link's text."""
    return _BRACKETS.sub(r"\\\1", words)
