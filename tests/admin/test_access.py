"""Who gets into the admin, and that its pages keep the Content Security Policy."""

import pytest

from chat.models import Usage
from tests.admin.pages import MODELS, asked, to


def test_a_visitor_is_sent_to_the_sites_own_login(client, db):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"
    assert response.status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_visitor_is_sent_to_the_login_from_every_list(client, db, model):
    response = client.get(to(f"{model}_changelist"), follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("model", MODELS)
def test_a_reader_is_refused(client, alice, model):
    client.force_login(alice)
    assert client.get(to(f"{model}_changelist"), follow=True).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_staff_without_permissions_see_nothing(client, stan, model):
    client.force_login(stan)
    assert "You don’t have permission" in client.get("/admin/").content.decode()
    assert client.get(to(f"{model}_changelist")).status_code == 403
    assert client.get(to(f"{model}_add")).status_code == 403


def test_the_index_carries_the_name_of_the_site(admin, settings):
    assert f'<a href="/admin/">{settings.SITE_NAME}</a>' in admin.get("/admin/").content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_lists_have_no_inline_style_or_script(admin, alice, article, model):
    asked(alice, article)
    Usage.objects.create(user=alice, day="2026-11-22")
    page = admin.get(to(f"{model}_changelist")).content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
