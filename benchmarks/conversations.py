"""Measure how long the page of a long conversation takes: `python -m benchmarks.conversations`."""

import os
import statistics
import tempfile
import time
from pathlib import Path

DIRECTORY = tempfile.TemporaryDirectory(prefix="benchmark-")
os.environ["DJANGO_SETTINGS_MODULE"] = "celebrations_site.settings"
os.environ["DATABASE_URL"] = f"sqlite:///{Path(DIRECTORY.name) / 'site.sqlite3'}"
os.environ["DEBUG"] = "true"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from chat.models import Article, Citation, Conversation, Message, Role, Status, User  # noqa: E402
from chat.views.shown import blocks_of_ended  # noqa: E402

# What a reader may wait for the longest conversation that anyone has.
ALLOWED_SECS = 1.0
TIMES = 5
# As models answer: a quotation, a list, now and then a table or code.
PARTS = [
    "The article says that Bastille Day is the **national day** of France, on “14 July”, and that people dance.\n\n",
    "> “14 July” [2]\n\n- one thing that is *celebrated*\n- another, with `code`\n- a third one\n\n",
    "| Day | Month |\n|---|--:|\n| 14 | July |\n| 7 | September |\n\n",
    '```python\nfor day in year:\n    print("long live", day)  # every year\n```\n\n',
    "So much for that: it is what the text says, and what it does not say is not known here. " * 4,
]


def fill(conversation: Conversation, article: Article, count: int) -> None:
    """Store so many messages, question and answer in turn; each answer quotes twice."""
    revision = article.revision
    start = revision.plain.index("14 July")
    section = revision.sections.filter(start__lte=start).last()
    last = None
    for number in range(count // 2):
        told = {"conversation": conversation, "parent": last}
        question = Message.objects.create(**told, role=Role.USER, text=f"What about number {number}?")
        parts = [part for at, part in enumerate(PARTS) if at in (0, 1, 4) or number % 5 == at]
        text = "".join([*parts, f"Number {number}."])
        last = Message.objects.create(
            conversation=conversation, parent=question, role=Role.ASSISTANT, status=Status.COMPLETE, text=text
        )
        place = {"revision": revision, "section": section, "start": start, "end": start + 7, "exact": "14 July"}
        ends = [at + 8 for at in (text.index("“14 July"), text.rindex("“14 July"))]
        place |= {"reply": last, "number": 1, "letters_before": start}
        Citation.objects.bulk_create(Citation(ordinal=n, at=at, **place) for n, at in enumerate(ends, 1))


def secs(client: Client, address: str) -> float:
    """Return how long the server takes for the page."""
    begun = time.perf_counter()
    response = client.get(address)
    took = time.perf_counter() - begun
    assert response.status_code == 200, response.status_code
    return took


def main() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.DEBUG = False
    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_article", verbosity=0)
    reader = User.objects.create_user("reader")
    client = Client()
    client.force_login(reader)
    article = Article.objects.select_related("revision").get(slug="celebration")
    print("| Messages | First time | Later, median | Page |\n|---|---|---|---|")
    for count in (2, 50, 500):
        conversation = Conversation.objects.create(owner=reader, article=article, title=f"{count} messages")
        fill(conversation, article, count)
        address = conversation.get_absolute_url()
        secs(client, address)  # templates, the article's passages
        blocks_of_ended.cache_clear()
        first = secs(client, address)
        later = statistics.median(secs(client, address) for _ in range(TIMES))
        size = len(client.get(address).content) / 1000
        print(f"| {count} | {1000 * first:.0f} ms | {1000 * later:.0f} ms | {size:.0f} KB |", flush=True)
    assert first < ALLOWED_SECS, f"500 messages took {first:.2f} s."


if __name__ == "__main__":
    main()
