"""Each role against every page, action and inline of the desk: what docs/roles.md says is what happens."""

from collections.abc import Callable
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin as desk
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client, RequestFactory

from chat import roles
from chat.models import Feedback, User
from tests.admin import powers
from tests.admin.crowd import fill as fill_tables
from tests.admin.pages import said, to

NO_ROLE, SUPERUSER = "no role", "superuser"
PEOPLE = (*powers.ROLES, NO_ROLE, SUPERUSER)
TABLE = powers.table()
ADDRESSES = list(powers.addresses())


def may(who: str, permission: str) -> bool:
    """Return what the table says."""
    return who == SUPERUSER or who in TABLE.get(permission, ("", ()))[1]


def member(name: str, who: str) -> User:
    """Return somebody with a role, or of the staff without one."""
    if who == SUPERUSER:
        return User.objects.create_superuser(name, f"{name}@example.org", "a-password")
    user = User.objects.create_user(name, f"{name}@example.org", "a-password", is_staff=True)
    if who in powers.ROLES:
        user.groups.add(Group.objects.get(name=who))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def rows(db) -> None:
    """Three rows of every kind; the newest belongs to a reader."""
    fill_tables(3)
    Group.objects.create(name="Friends of the house")


@pytest.fixture(params=PEOPLE)
def who(request) -> str:
    return request.param


@pytest.fixture
def person(rows, who) -> User:
    return member("zoe", who)


@pytest.fixture
def browser(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


# --- The table --------------------------------------------------------------------------------------------------


def test_the_table_in_the_docs_is_what_the_site_gives():
    listed = {power.permission: (power.words, frozenset(power.roles)) for power in roles.POWERS}
    kept = {permission: (words, frozenset()) for permission, words in roles.SUPERUSERS_ONLY.items()}
    assert {**listed, **kept} == TABLE
    assert roles.ROLES == powers.ROLES


def test_every_permission_in_the_table_exists(db):
    known = {
        f"{app}.{codename}" for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert set(TABLE) <= known


def test_the_groups_have_what_the_table_says(db):
    for group in Group.objects.filter(name__in=powers.ROLES):
        found = group.permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in found} == {name for name in TABLE if may(group.name, name)}


def test_every_page_has_a_line():
    """Else: say in tests/admin/powers.py what the page needs, and in chat/roles.py and docs/roles.md who has that."""
    pages = {address.name: powers.page_of(address.name) for address in ADDRESSES if address.name != "app_list"}
    assert [name for name, page in pages.items() if page is None] == []
    needed = {need for name, page in pages.items() if name not in powers.NOBODYS for need in page.needs}
    assert needed - set(TABLE) == set()
    assert set(pages) >= powers.NOBODYS


def test_every_action_and_inline_has_a_line():
    for model, model_admin in desk.site._registry.items():
        needs = [powers.ACTIONS[name] for _, name, _ in model_admin._get_base_actions()]
        assert needs
        for inline in model_admin.inlines:
            assert inline.model._meta.model_name in powers.INLINES, model


# --- Pages ------------------------------------------------------------------------------------------------------


def filled(address: powers.Address) -> str:
    """Return the path of a page, about the newest row but one of the person who looks."""
    model = powers.model_of(address.name)
    path = address.path
    if model is not None:
        row = model._base_manager.order_by("-pk")[:2]
        newest = row[1] if isinstance(row[0], User) else row[0]
        for place in ("<path:object_id>", "<int:object_id>", "<id>"):
            path = path.replace(place, str(newest.pk))
    return path.replace("<int:content_type_id>", "1")


def expected(who: str, name: str) -> int:
    page = powers.page_of(name)
    if name in powers.NOBODYS or not all(may(who, need) for need in page.needs):
        return 403
    return page.status


def test_every_page_answers_as_the_table_says(browser, who):
    wrong = {}
    for address in ADDRESSES:
        if address.name == "app_list":
            continue
        status = browser.get(f"{filled(address)}?{powers.page_of(address.name).query}").status_code
        if status != expected(who, address.name):
            wrong[address.name] = (status, expected(who, address.name))
    assert wrong == {}


def test_the_index_shows_the_lists_that_one_may_see_and_no_others(browser, who):
    shown = {
        (model["model"]._meta.label_lower)
        for app in browser.get("/admin/").context["app_list"]
        for model in app["models"]
    }
    mine = {model._meta.label_lower for model in desk.site._registry if may(who, powers.permission(model, "view"))}
    assert shown == mine
    for label in ("chat", "auth", "account", "mfa"):
        is_mine = any(model.startswith(f"{label}.") for model in mine)
        assert browser.get(f"/admin/{label}/").status_code == (200 if is_mine else 404)


def test_what_is_only_sent_is_refused_to_those_who_may_not(browser, who):
    is_editor = may(who, "chat.change_article")
    assert (browser.post(to("article_preview"), {"body": "x"}).status_code == 200) == is_editor
    assert (browser.post(to("article_import_confirm"), {"token": "x"}).status_code == 302) == is_editor


# --- Actions and inlines -----------------------------------------------------------------------------------------


def actions() -> list[tuple[type, str]]:
    return [
        (model, name)
        for model, model_admin in desk.site._registry.items()
        for _, name, _ in model_admin._get_base_actions()
    ]


def test_every_action_is_offered_and_done_as_the_table_says(browser, person, who):
    request = RequestFactory().get("/admin/")
    request.user = person
    for model, name in actions():
        model_admin = desk.site._registry[model]
        needed = powers.permission(model, powers.ACTIONS[name])
        is_nobodys = name == "delete_selected" and f"{model._meta.app_label}_{model._meta.model_name}_delete"
        is_allowed = may(who, needed) and is_nobodys not in powers.NOBODYS
        assert (name in model_admin.get_actions(request)) == is_allowed, (model, name)
        rows = model._base_manager.order_by("-pk").values()
        before = list(rows)
        chosen = {"action": name, "_selected_action": before[0][model._meta.pk.attname]}
        confirmed = {} if is_allowed else {"post": "yes"}
        answer = browser.post(f"/admin/{model._meta.label_lower.replace('.', '/')}/", {**chosen, **confirmed})
        assert (answer.status_code == 403) == (not may(who, powers.permission(model, "view"))), (model, name)
        assert is_allowed or list(rows.all()) == before, (model, name)


def test_every_inline_shows_as_the_table_says(person, who):
    request = RequestFactory().get("/admin/")
    request.user = person
    for model, model_admin in desk.site._registry.items():
        row = model._base_manager.order_by("-pk").first()
        shown = {type(inline) for inline in model_admin.get_inline_instances(request, row)}
        for inline in model_admin.inlines:
            assert (inline in shown) == may(who, powers.INLINES[inline.model._meta.model_name]), (model, inline)


def test_every_choice_of_a_row_is_offered_as_the_table_says(browser, who):
    """Whoever may not see the rows of a kind is not told their names by a box that completes them."""
    for model, model_admin in desk.site._registry.items():
        for name in model_admin.autocomplete_fields:
            kind = model._meta.get_field(name).related_model
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
            status = browser.get("/admin/autocomplete/", {**query, "term": ""}).status_code
            assert (status == 200) == may(who, powers.permission(kind, "view")), (model, name)


# --- Who is let in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", powers.ROLES)
@pytest.mark.parametrize("way", ["of the user", "of the group"])
def test_who_becomes_a_member_is_let_in(client, alice, role, way):
    group = Group.objects.get(name=role)
    if way == "of the user":
        alice.groups.add(group)
    else:
        group.user_set.add(alice)
    client.force_login(User.objects.get(pk=alice.pk))
    assert client.get("/admin/", follow=True).status_code == (403 if role == "Reader" else 200)


def user_form(person: User, **changes: object) -> dict[str, object]:
    form = {"username": person.username, "email": person.email, "is_active": "on"}
    return {**form, "date_joined_0": "2026-11-22", "date_joined_1": "12:00:00", **changes}


def test_a_superuser_gives_a_role_and_takes_it(admin, alice):
    editor = Group.objects.get(name="Editor")
    admin.post(to("user_change", alice.pk), user_form(alice, groups=[editor.pk]))
    alice.refresh_from_db()
    assert (alice.is_staff, list(alice.groups.all())) == (True, [editor])
    refused = admin.post(to("user_change", alice.pk), user_form(alice, groups=[editor.pk]))
    assert "Members of Editor are let into the desk." in refused.content.decode()
    done = admin.post(to("user_change", alice.pk), user_form(alice, is_staff="on"))
    assert "alice is in no role any more" in said(done)
    admin.post(to("user_change", alice.pk), user_form(alice))
    alice.refresh_from_db()
    assert not alice.is_staff


def test_the_page_of_an_account_says_how_somebody_gets_in(admin, alice):
    assert "“Staff status” opens the desk." in admin.get(to("user_change", alice.pk)).content.decode()


# --- Nobody takes more than they were given -----------------------------------------------------------------------


@pytest.fixture
def operator(rows) -> Client:
    client = Client()
    client.force_login(member("olga", "Operator"))
    return client


def test_an_operator_hands_out_nothing(operator, alice):
    group = Group.objects.get(name="Operator")
    operator.post(to("user_change", alice.pk), user_form(alice, groups=[group.pk], is_staff="on", is_superuser="on"))
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, alice.groups.count()) == (False, False, 0)
    assert operator.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Mine"}).status_code == 403
    assert operator.post("/admin/auth/group/add/", {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("role", [*roles.LET_IN, SUPERUSER])
def test_an_operator_does_not_get_into_the_account_of_somebody_with_powers(operator, role):
    theirs = EmailAddress.objects.create(user=member("ida", role), email="ida@example.org", primary=True)
    page = f"/admin/account/emailaddress/{theirs.pk}"
    assert operator.post(f"{page}/change/", {"email": "olga@example.org"}).status_code == 403
    assert operator.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    operator.post("/admin/account/emailaddress/", {"action": "make_verified", "_selected_action": theirs.pk})
    theirs.refresh_from_db()
    assert (theirs.email, theirs.verified) == ("ida@example.org", False)
    assert operator.post(to("user_change", theirs.user_id), {"email": "olga@example.org"}).status_code == 403
    assert operator.post(f"/admin/chat/user/{theirs.user_id}/password/", {}).status_code == 403


def test_an_operator_moves_no_address_to_another_account(operator, alice, eve):
    hers = EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    form = {"user": eve.pk, "email": "new@example.org", "primary": "on"}
    assert operator.post(f"/admin/account/emailaddress/{hers.pk}/change/", form).status_code == 302
    hers.refresh_from_db()
    assert (hers.user, hers.email) == (alice, "new@example.org")


def test_an_editor_chooses_no_author_among_the_readers(rows, alice, article):
    client = Client()
    client.force_login(member("ed", "Editor"))
    page = client.get(to("article_change", article.pk)).content.decode()
    assert 'name="author"' not in page
    for model in ("article", "revision"):
        lookup = {"author__id__exact": alice.pk, "article__id__exact": article.pk}
        assert "alice" not in client.get(to(f"{model}_changelist"), lookup).content.decode()


# --- How the groups come to be ------------------------------------------------------------------------------------


def have(role: str) -> set[str]:
    found = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


@pytest.fixture
def set_up(db) -> Callable[[], None]:
    """Return what the migration does."""
    module = import_module("chat.migrations.0017_roles")
    return lambda: module.make(apps, connection.schema_editor())


def test_the_migration_fills_a_database_without_roles_and_permissions(set_up):
    Group.objects.all().delete()
    Permission.objects.all().delete()
    set_up()
    assert {role: have(role) for role in powers.ROLES} == {role: roles.permissions_of(role) for role in powers.ROLES}


def test_the_migration_takes_nothing_from_a_group_that_was_there(set_up):
    Group.objects.get(name="Editor").permissions.set([Permission.objects.get(codename="add_budget")])
    for _ in range(2):
        set_up()
    assert have("Editor") == roles.permissions_of("Editor") | {"chat.add_budget"}


def migrated() -> None:
    """Do what stands at the end of every `migrate`."""
    for config in apps.get_app_configs():
        roles.bring_up(config, "default")


def test_what_an_operator_changed_in_a_role_stays_so(db):
    group = Group.objects.get(name="Editor")
    group.permissions.remove(Permission.objects.get(codename="view_prompt"))
    group.permissions.add(Permission.objects.get(codename="view_quota"))
    Group.objects.get(name="Moderator").delete()
    migrated()
    assert have("Editor") == roles.permissions_of("Editor") - {"chat.view_prompt"} | {"chat.view_quota"}
    assert not Group.objects.filter(name="Moderator").exists()


def test_a_role_gets_the_permissions_of_a_new_version(db):
    Permission.objects.filter(codename__in=("view_insight", "view_authenticator")).delete()
    migrated()
    assert {role: have(role) for role in powers.ROLES} == {role: roles.permissions_of(role) for role in powers.ROLES}


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_has_its_roles_again():
    assert post_migrate.has_listeners()
    call_command("flush", interactive=False, verbosity=0)
    assert {role: have(role) for role in powers.ROLES} == {role: roles.permissions_of(role) for role in powers.ROLES}
    assert not Feedback.objects.exists()
