"""What the database is asked: few statements for a question, and none of a connection that is dead."""

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from chat.models import Article, ArticleStatus, Message, Status, User
from chat.replies.ending import Outcome, end
from chat.replies.submit import Question, submit
from tests.reader import Reader
from tests.site import Site, database_url

# Outside a transaction of the test, in which each transaction would be a savepoint and count.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_question_and_its_end_take_few_statements(
    alice: User, article: Article, django_assert_num_queries: DjangoAssertNumQueries
):
    question = Question("When?", article=article.slug)
    submit(alice, question)  # the day's first one counts the day, and reads the article's sections
    with django_assert_num_queries(8):  # BEGIN, article, conversation, quota twice, question, reply, COMMIT
        reply, held = submit(alice, question)
    with django_assert_num_queries(6):  # BEGIN, reply, quota, ledger, words to be found, COMMIT
        ended = end(reply.pk, held.token, Outcome(Status.COMPLETE, "stop", prompt_tokens=7, first_token_ms=5))
    assert ended.status == Status.COMPLETE
    reply.refresh_from_db()
    assert (reply.status, reply.finish_reason, reply.prompt_tokens, reply.first_token_ms) == ("complete", "stop", 7, 5)
    assert reply.conversation.owner.usage.get().tokens_used == 7


def test_a_further_question_takes_few_statements(
    alice: User, article: Article, django_assert_num_queries: DjangoAssertNumQueries
):
    reply, held = submit(alice, Question("When?", article=article.slug))
    end(reply.pk, held.token, Outcome(Status.COMPLETE))
    with django_assert_num_queries(9):  # BEGIN, conversation, messages, quota twice, question, title, reply, COMMIT
        submit(alice, Question("Why?", conversation=reply.conversation.code))


def test_only_a_published_article_is_asked_about(article: Article):
    found = Article.objects.to_ask(article.slug)
    assert (found, found.title, found.revision.sha256) == (article, article.title, article.revision.sha256)
    assert found.revision.plain == article.revision.plain
    Article.objects.update(status=ArticleStatus.DRAFT)
    assert Article.objects.to_ask(article.slug) is None
    Article.objects.update(status=ArticleStatus.PUBLISHED, revision=None)
    assert Article.objects.to_ask(article.slug) is None


def test_a_reply_ends_once(alice: User, article: Article):
    reply, held = submit(alice, Question("When?", article=article.slug))
    assert end(reply.pk, "another writer", Outcome(Status.FAILED)) is None
    assert end(reply.pk, held.token, Outcome(Status.COMPLETE, first_token_ms=5))
    assert end(reply.pk, held.token, Outcome(Status.FAILED)) is None
    assert Message.objects.get(pk=reply.pk).status == Status.COMPLETE


if connection.vendor == "postgresql":  # SQLite has no connections that may break

    def test_questions_are_answered_after_all_connections_were_cut(site: Site, reader: Reader, article: Article):
        for _ in range(8):  # each of the four threads gets its connection
            assert reader.ask("When?").text
        with psycopg.connect(database_url(), autocommit=True) as own:
            cut = own.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)",
                [connection.connection.info.backend_pid],
            ).fetchall()
        assert cut
        for _ in range(8):
            assert reader.ask("When?").text
