"""The cast and the stage: Alice and Bob read, Eve edits; an article; a fake model; the site as a server process."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache

from chat.models import Article, ArticleStatus, Message, User
from tests.fake_model import FakeModel
from tests.reader import Reader
from tests.site import Site, database_url

CELEBRATION = Path(__file__).resolve().parent.parent / "chat/content/celebration.md"

# What the end of a reply takes that a test has left alone; one that hangs is not waited for.
ENDING_SECS = 0.5

BODY = """\
A celebration marks an event.

## National days

Bastille Day, the national day of France, is 14 July. Brazil celebrates its independence on 7 September.

## Food

- People share bread.
- People share cake.
"""


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """Logins of the tests before count against no limit: a quick machine would come to it."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    """A reader."""
    return User.objects.create_user("alice", "alice@example.org", "alice-password")


@pytest.fixture
def bob(db: None) -> User:
    """Another reader, who must see nothing of Alice's."""
    return User.objects.create_user("bob", "bob@example.org", "bob-password")


@pytest.fixture
def eve(db: None) -> User:
    """An editor and administrator, who in the pages is a reader like any other."""
    return User.objects.create_superuser("eve", "eve@example.org", "eve-password")


@pytest.fixture
def article(db: None) -> Article:
    """A short published article."""
    article = Article.objects.create(slug="feasts", title="Feasts", status=ArticleStatus.PUBLISHED)
    article.publish(BODY)
    return article


@pytest.fixture(scope="session")
def fake_model() -> Iterator[FakeModel]:
    """The model's server for the whole run; tests take `model`, which is this one with a fresh script."""
    with FakeModel() as model:
        yield model


@pytest.fixture
def model(fake_model: FakeModel) -> FakeModel:
    """The model's server: no requests yet, says "Hello, world."."""
    fake_model.reset()
    return fake_model


@pytest.fixture(scope="session")
def served(django_db_setup: None, django_db_blocker: object, fake_model: FakeModel) -> Iterator[Site]:
    """The site for the whole run; tests take `site`, which comes with a transactional database."""
    site = Site(
        DEBUG="true",
        DATABASE_URL=database_url(),
        OPENAI_API_KEY="sk-test-key",
        OPENAI_BASE_URL=fake_model.base_url,
        QUOTA_QUESTIONS_PER_DAY="1000",
        ACTIVE_REPLIES_PER_USER="500",
    )
    yield site.start()
    site.stop()


@pytest.fixture
def site(served: Site, transactional_db: None, model: FakeModel) -> Iterator[Site]:
    """The site in a process of its own, answered by the fake model, on the test's database."""
    yield served
    # The tables are emptied next, which PostgreSQL calls a deadlock while the site is ending a reply.
    deadline = time.monotonic() + ENDING_SECS
    while Message.objects.unfinished().exists() and time.monotonic() < deadline:
        time.sleep(0.02)  # the rows are all there is to look at


@pytest.fixture
def reader(site: Site, alice: User) -> Iterator[Reader]:
    """Alice at the site."""
    with Reader(site.url, alice) as reader:
        yield reader
