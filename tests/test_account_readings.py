"""Who has looked at one's conversations, as its reader sees it."""

import pytest

from chat.models import Conversation, ConversationReading
from chat.models.belongings import account_as_dict

READINGS = "/account/readings/"


@pytest.fixture
def conversation(alice, article, eve):
    conversation = Conversation.objects.create(owner=alice, article=article, title="When?")
    ConversationReading.objects.note(conversation, eve)
    return conversation


def test_its_owner_sees_which_and_when_and_not_by_whom(client, alice, conversation):
    client.force_login(alice)
    page = client.get(READINGS).content.decode()
    assert f'<a href="{conversation.get_absolute_url()}" dir="auto">When?</a>' in page
    assert "A moderator of the site" in page
    assert "eve" not in page.partition("<main")[2]


def test_another_reader_sees_nothing_of_it(client, bob, conversation):
    client.force_login(bob)
    page = client.get(READINGS).content.decode()
    assert "Nobody has." in page
    assert "When?" not in page


def test_it_is_told_after_the_conversation_is_gone(client, alice, conversation):
    conversation.delete()
    client.force_login(alice)
    assert "A conversation that was deleted" in client.get(READINGS).content.decode()


def test_it_takes_the_same_few_queries_however_many_there_are(
    client, alice, eve, article, django_assert_max_num_queries
):
    for n in range(60):
        ConversationReading.objects.note(Conversation.objects.create(owner=alice, article=article, title=f"{n}"), eve)
    client.force_login(alice)
    with django_assert_max_num_queries(5):
        page = client.get(READINGS).content.decode()
    assert 'href="?p=2"' in page


def test_it_is_in_the_download(alice, conversation):
    (told,) = account_as_dict(alice)["conversations_read_by_staff"]
    assert told["conversation"] == str(conversation.code)


def test_the_data_page_leads_there(client, alice):
    client.force_login(alice)
    assert f'href="{READINGS}"' in client.get("/account/data/").content.decode()
