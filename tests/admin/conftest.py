"""The cast of the admin: Eve may do everything, Stan nothing until a test allows it; and one row of each record."""

import pytest

from chat.models import Usage, User
from tests.admin.pages import asked


@pytest.fixture
def admin(client, eve):
    """Eve's browser: she may do everything."""
    client.force_login(eve)
    return client


@pytest.fixture
def stan(db):
    """A member of staff without any permission."""
    return User.objects.create_user("stan", "stan@example.org", "stan-password", is_staff=True)


@pytest.fixture
def records(alice, article):
    """One row of each kind that is only looked at, by the name of its model."""
    reply = asked(alice, article)
    usage = Usage.objects.create(user=alice, day="2026-11-22", questions=1)
    return {"revision": article.revision, "conversation": reply.conversation, "message": reply, "usage": usage}
