"""The lists of the admin: search, filters, and the same few queries however many rows there are."""

import pytest

from chat.models import Article, ArticleStatus, Message, Role, Status, Usage, User
from tests.admin.pages import asked, to

SEARCHES = [
    *[("article", "feasts"), ("article", "Bastille"), ("revision", "Brazil"), ("conversation", "Independence")],
    *[("message", "Independence"), ("user", "alice@example.org"), ("usage", "alice")],
]


@pytest.mark.parametrize(("model", "words"), SEARCHES)
def test_lists_are_searched(admin, records, model, words):
    url = to(f"{model}_changelist")
    assert admin.get(url, {"q": words}).context["cl"].result_count >= 1
    assert admin.get(url, {"q": "nowhere-to-be-found"}).context["cl"].result_count == 0


def test_conversations_and_messages_are_found_by_the_code_in_an_address(admin, records):
    for model in ("conversation", "message"):
        found = admin.get(to(f"{model}_changelist"), {"q": str(records[model].code)}).context["cl"]
        assert [row.pk for row in found.result_list] == [records[model].pk]


@pytest.mark.parametrize(
    ("lookup", "count"),
    [
        ({"role__exact": Role.USER}, 1),
        ({"status__exact": Status.COMPLETE}, 1),
        ({"status__exact": Status.FAILED}, 0),
        ({"model": "gpt-4o-mini"}, 1),
        ({"created__lt": "2000-01-01 00:00:00+00:00"}, 0),
    ],
)
def test_messages_are_filtered(admin, records, lookup, count):
    assert admin.get(to("message_changelist"), lookup).context["cl"].result_count == count


@pytest.mark.parametrize(
    ("model", "lookup"),
    [("article", {"language": "fr"}), ("revision", {"article__id__exact": 0}), ("usage", {"day__year": 1999})],
)
def test_other_lists_are_filtered(admin, records, model, lookup):
    Article.objects.create(slug="other", title="Other").publish("Another")
    assert admin.get(to(f"{model}_changelist"), lookup).context["cl"].result_count == 0


def crowd():
    """Store 25 rows of every kind, each with neighbours of its own."""
    for n in range(25):
        user = User.objects.create(username=f"reader{n}", email=f"reader{n}@example.org")
        article = Article.objects.create(slug=f"a{n}", title=f"A{n}", status=ArticleStatus.PUBLISHED, author=user)
        article.publish("## National days\n\nBastille Day", author=user)
        asked(user, article)
        Usage.objects.create(user=user, day=f"2026-10-{n + 1:02}")


# Two for the session and the user, up to two that count, one for the rows; the others are choices of filters.
@pytest.mark.parametrize(
    ("model", "queries"),
    [("article", 6), ("revision", 5), ("conversation", 5), ("message", 5), ("user", 6), ("usage", 7)],
)
def test_lists_take_the_same_few_queries_however_many_rows(admin, django_assert_num_queries, model, queries):
    crowd()
    with django_assert_num_queries(queries):
        response = admin.get(to(f"{model}_changelist"))
    assert len(response.context["cl"].result_list) >= 25


def test_a_reply_with_many_quotations_takes_few_queries(admin, alice, article, django_assert_max_num_queries):
    reply = asked(alice, article)
    quotation = reply.citations.get()
    for ordinal in range(2, 20):
        quotation.pk, quotation.ordinal = None, ordinal
        quotation.save(force_insert=True)
    with django_assert_max_num_queries(12):
        admin.get(to("message_change", reply.pk))


def test_a_long_conversation_takes_few_queries(admin, alice, article, django_assert_max_num_queries):
    reply = asked(alice, article)
    for _ in range(20):
        Message.objects.create(conversation=reply.conversation, role=Role.USER, text="And then?", parent=reply)
    with django_assert_max_num_queries(12):
        admin.get(to("conversation_change", reply.conversation_id))
