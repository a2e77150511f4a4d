"""A process that takes over its own reply, because the clock jumped, goes on showing it to those who follow it."""

import asyncio
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from chat.models import Message, Role, Status, User
from chat.replies import recovery, writer
from chat.replies.journal import journal
from chat.replies.live import Live
from chat.replies.submit import Question, submit_and_start
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps


def ask(user: User, loop: asyncio.AbstractEventLoop) -> Message:
    """Ask in a thread, which leaves no connection to the test's database behind."""
    try:
        return submit_and_start(user, Question("Greet me."), loop)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_a_follower_of_a_reply_taken_over_by_its_own_process_sees_the_end(
    alice: User, model: FakeModel, settings: Settings
):
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-test-key", model.base_url
    model.script(steps("Hello, ", Do.HANG), say("world."))

    async def story() -> Live:
        loop = asyncio.get_running_loop()
        reply = await asyncio.to_thread(ask, alice, loop)
        live = writer.live(reply.pk)
        while not live.text:
            await live.changed(1)
        old = timezone.now() - timedelta(hours=1)
        rows = Message.objects.filter(role=Role.ASSISTANT)
        # What a sweep does whose list of the replies written here is older than this reply.
        await journal().run(lambda: (rows.update(heartbeat_at=old), recovery.recover(frozenset(), loop)))
        await live.finished(8)
        await journal().run(connections.close_all)
        return live

    live = asyncio.run(story())
    assert (live.ended and live.ended.status, live.text) == (Status.COMPLETE, "Hello, world.")
