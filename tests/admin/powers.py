"""Which permission each page of the desk needs, each action and each inline: docs/roles.md says which roles have it.

Django's own pages need what their names say. A page that is not, an action and an inline stand here; one that is
missing fails tests/admin/test_roles.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

TABLE = re.compile(r"^\| (.+?) \| (.) \| (.) \| (.) \| (.) \| `([\w.]+)` \|$", re.MULTILINE)
ROLES = ("Reader", "Editor", "Moderator", "Operator")

# Django's pages: the end of the name, and the permission of the model that it needs.
USUAL = {"changelist": "view", "add": "add", "change": "view", "history": "view", "delete": "delete"}
NEEDS_ROW = ("change", "history", "delete")


@dataclass(frozen=True)
class Page:
    """A page that is not Django's usual one: all of what it needs, and what it says to those who have that."""

    needs: tuple[str, ...]
    status: int = 200
    query: str = ""


ONLY_BY_POST = 405
LEADS_BACK = 302
# Pages of their own, by the names of their addresses.
OWN = {
    "chat_article_insights": Page(("chat.view_insight",)),
    "chat_article_insight": Page(("chat.view_insight",)),
    "chat_article_export": Page(("chat.view_article",)),
    "chat_article_import": Page(("chat.add_article", "chat.change_article")),
    "chat_article_import_confirm": Page((), ONLY_BY_POST),
    "chat_article_preview": Page((), ONLY_BY_POST),
    "chat_article_revisions": Page(("chat.view_article", "chat.view_revision")),
    "chat_article_changes": Page(("chat.view_article", "chat.view_revision")),
    "chat_article_restore": Page(("chat.view_article", "chat.view_revision", "chat.change_article"), 200, "revision=1"),
    "chat_prompt_compare": Page(("chat.view_prompt",)),
    "chat_prompt_take_back": Page(("chat.view_prompt", "chat.add_prompt"), 200, "version=1"),
    "chat_prompt_tryout": Page(("chat.try_out",)),
    "chat_modelsettings_compare": Page(("chat.view_modelsettings",)),
    "chat_modelsettings_take_back": Page(("chat.view_modelsettings", "chat.add_modelsettings"), 200, "version=1"),
    "chat_usage_report": Page(("chat.view_costs",)),
    "chat_usage_report_csv": Page(("chat.view_costs",)),
    "chat_user_suspend": Page(("chat.suspend_user",)),
    "chat_user_readmit": Page(("chat.suspend_user",), LEADS_BACK),
    "auth_user_password_change": Page(("chat.change_user",)),
}
# Everybody's who is let in; an address that leads on, or is asked by scripts with more than its name, says so.
FOR_ALL = {
    "index": 200, "login": 302, "logout": ONLY_BY_POST, "password_change": 200, "password_change_done": 200,
    "jsi18n": 200, "autocomplete": 403, "view_on_site": 404,
}  # fmt: skip
# Of records: nobody adds or deletes them by hand, not even a superuser.
NOBODYS = {
    *(f"chat_{model}_add" for model in ("conversation", "message", "conversationreading", "revision", "usage")),
    *(f"chat_{model}_delete" for model in ("message", "conversationreading", "revision", "usage", "prompt")),
    *("chat_feedback_add", "chat_feedback_delete", "mfa_authenticator_add"),
    *("chat_invitation_delete", "chat_modelsettings_delete", "admin_logentry_add", "admin_logentry_delete"),
}
# What is done with chosen rows of a list: the permission of the model, or its full name.
ACTIONS = {
    "delete_selected": "delete", "publish": "change", "withdraw": "change", "back_to_draft": "change",
    "export_selected": "view", "make_verified": "change",
    "revoke": "change",
    "suspend": "chat.suspend_user", "readmit": "chat.suspend_user",
}  # fmt: skip
INLINES = {"message": "chat.view_message", "citation": "chat.view_citation"}


@dataclass(frozen=True)
class Address:
    """A page of the desk: the name, and the path with places for what it is about."""

    name: str
    path: str


def table() -> dict[str, tuple[str, frozenset[str]]]:
    """Return what docs/roles.md says: permission -> words, and the roles that have it."""
    text = (Path(settings.BASE_DIR) / "docs/roles.md").read_text()
    return {
        permission: (words, frozenset(role for role, mark in zip(ROLES, marks, strict=True) if mark == "✓"))
        for words, *marks, permission in TABLE.findall(text)
    }


def addresses() -> Iterator[Address]:
    """Yield every page of the desk, as the resolver has it."""
    (desk,) = (entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "admin")
    yield from _below(desk, "/admin/")


def _below(resolver: URLResolver, above: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        path = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry, path)
        elif isinstance(entry, URLPattern) and entry.name:  # those without one only lead from old addresses
            yield Address(entry.name, path)


def model_of(name: str) -> type[Model] | None:
    """Return the model whose page it is."""
    kinds = {f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry}
    kinds["auth_user"] = kinds["chat_user"]
    return kinds.get("_".join(name.split("_")[:2]))


def page_of(name: str) -> Page | None:
    """Return what a page needs; None for one that nobody has said it of."""
    if name in OWN:
        return OWN[name]
    if name in FOR_ALL:
        return Page((), FOR_ALL[name])
    model, end = model_of(name), name.split("_")[-1]
    if model is None or end not in USUAL or name != f"{model._meta.label_lower.replace('.', '_')}_{end}":
        return None
    return Page((permission(model, USUAL[end]),))


def permission(model: type[Model], what: str) -> str:
    """Return the full name of a permission of a model."""
    return what if "." in what else f"{model._meta.app_label}.{what}_{model._meta.model_name}"
