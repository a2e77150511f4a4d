"""Prints how long the page about one article takes with ten thousand conversations, and how many queries.

Run with a scratch database: `DATABASE_URL=sqlite:////tmp/scratch.sqlite3 python -m benchmarks.insight`. It makes the
tables, and rows of its own beside what is there.
"""

import os
import statistics
import time
import uuid

import django

CONVERSATIONS, READERS, TIMES = 10_000, 2_000, 7


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebrations_site.settings")
    os.environ.setdefault("DEBUG", "true")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    measure(fill())


def fill():
    """Store an article with its conversations; return it."""
    from chat.models import Article, Citation, Conversation, Feedback, Message, Role, Status, User

    mark = uuid.uuid4().hex[:6]
    article = Article.objects.create(slug=f"bench-{mark}", title="Bench")
    article.publish("\n".join(f"## Part {n}\n\nWords about {n}, and more of them.\n" for n in range(30)))
    readers = User.objects.bulk_create(User(username=f"{mark}-{n}") for n in range(READERS))
    rows = Conversation.objects.bulk_create(
        (Conversation(owner=readers[n % READERS], article=article, title="?") for n in range(CONVERSATIONS)),
        batch_size=500,
    )
    asked = Message.objects.bulk_create(
        (
            Message(conversation=row, role=Role.USER, text=f"What is said about number {n % 500} here?")
            for n, row in enumerate(rows)
        ),
        batch_size=500,
    )
    replies = Message.objects.bulk_create(
        (
            Message(
                conversation=question.conversation, parent=question, role=Role.ASSISTANT, status=Status.COMPLETE,
                text="This.", is_unanswered=n % 3 == 0, revision=article.revision,
            )
            for n, question in enumerate(asked)
        ),
        batch_size=500,
    )  # fmt: skip
    parts = list(article.revision.sections.all())
    Citation.objects.bulk_create(
        (
            Citation(
                reply=reply, ordinal=1, revision=article.revision, section=parts[n % len(parts)],
                exact=f"Words about {n % len(parts)}", start=0, end=9,
            )
            for n, reply in enumerate(replies)
        ),
        batch_size=500,
    )  # fmt: skip
    Feedback.objects.bulk_create((Feedback(reply=reply, value=1) for reply in replies[::4]), batch_size=500)
    return article


def measure(article) -> None:
    """Ask for the page and print the median of the times."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from chat.models import User

    client, taken = Client(), []
    client.force_login(User.objects.create_superuser(f"bench-{uuid.uuid4().hex[:6]}"))
    address = reverse("admin:chat_article_insight", args=[article.pk]) + "?period=all"
    for _ in range(TIMES):
        begun = time.perf_counter()
        assert client.get(address, headers={"host": "localhost"}).status_code == 200
        taken.append(time.perf_counter() - begun)
    with CaptureQueriesContext(connection) as queries:
        client.get(address, headers={"host": "localhost"})
    print(f"{CONVERSATIONS} conversations: {statistics.median(taken) * 1000:.0f} ms, {len(queries)} queries")


if __name__ == "__main__":
    main()
