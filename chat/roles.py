"""The roles of the desk: what each may do there, as data, and how groups come to hold it.

A role is a group. The site gives a role what is listed here, once, and takes nothing away: what an operator adds to a
group or takes from it by hand stays so. docs/roles.md says the same for people; tests/admin/test_roles.py compares.
"""

import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions

READER, EDITOR, MODERATOR, OPERATOR = "Reader", "Editor", "Moderator", "Operator"
ROLES = (READER, EDITOR, MODERATOR, OPERATOR)
# Their members are let into the desk. A reader's group is for quotas.
LET_IN = (EDITOR, MODERATOR, OPERATOR)


class Power(NamedTuple):
    """One permission in words of the site, and the roles that have it."""

    permission: str
    words: str
    roles: tuple[str, ...] = (OPERATOR,)


_WRITES, _LOOKS_AFTER = (EDITOR, OPERATOR), (MODERATOR, OPERATOR)

POWERS = (
    Power("chat.view_article", "See all articles, drafts too; take them along as a zip", _WRITES),
    Power("chat.add_article", "Write a new article; with the next line, import a zip", _WRITES),
    Power("chat.change_article", "Change articles: text, cover, address, suggested questions, state", _WRITES),
    Power("chat.delete_article", "Delete articles that nothing of a reader's rests on", _WRITES),
    Power("chat.view_revision", "See the revisions of an article and what changed in them", _WRITES),
    Power("chat.view_prompt", "See the rules for the language model", _WRITES),
    Power("chat.add_prompt", "Write the next version of the rules", _WRITES),
    Power("chat.try_out", "Try out rules on a question, as readers would see the answer", _WRITES),
    Power("chat.view_insight", "See what readers ask about articles, told of several readers at once", _WRITES),
    Power("chat.view_conversation", "See whose conversations there are, and when; no word of them", _LOOKS_AFTER),
    Power("chat.view_message", "See how single answers were made and how they ended; no word of them", _LOOKS_AFTER),
    Power("chat.view_citation", "See whether what an answer quotes was found; no word of it", _LOOKS_AFTER),
    Power("chat.view_feedback", "See which answers helped and which did not; no word of what was said", _LOOKS_AFTER),
    Power("chat.view_user", "See accounts and their state", _LOOKS_AFTER),
    Power("chat.suspend_user", "Suspend a reader's account and readmit it", _LOOKS_AFTER),
    Power("chat.view_invitation", "See who was invited by whom", _LOOKS_AFTER),
    Power("chat.add_invitation", "Invite somebody to sign up", _LOOKS_AFTER),
    Power("chat.change_invitation", "Revoke invitations", _LOOKS_AFTER),
    Power("chat.read_conversation", "Read the words of single conversations; each look is noted for its reader"),
    Power("chat.delete_conversation", "Delete a conversation as its reader can"),
    Power("chat.view_conversationreading", "See who of the staff read which conversation"),
    Power("chat.add_user", "Add accounts"),
    Power("chat.change_user", "Change the name, address and password of a reader's account"),
    Power("chat.delete_user", "Delete a reader's account with everything in it"),
    Power("account.view_emailaddress", "See the e-mail addresses of accounts"),
    Power("account.change_emailaddress", "Change and confirm e-mail addresses of readers"),
    Power("account.delete_emailaddress", "Delete e-mail addresses of readers"),
    Power("mfa.view_authenticator", "See which second factors there are; no secret of them"),
    Power("mfa.delete_authenticator", "Take a second factor off the account of a reader who has lost it"),
    Power("auth.view_group", "See the roles and other groups"),
    Power("chat.view_modelsettings", "See the settings of the language model"),
    Power("chat.add_modelsettings", "Set the next version of the model's settings; try out others"),
    Power("chat.view_usage", "See how much each reader asked on which day"),
    Power("chat.view_costs", "See what answers used and cost, by day, article, model and reader"),
    Power("chat.view_quota", "See quotas"),
    Power("chat.add_quota", "Set a quota for a group or a reader"),
    Power("chat.change_quota", "Change quotas"),
    Power("chat.delete_quota", "Delete quotas: the default counts then"),
    Power("chat.view_budget", "See what the site may spend"),
    Power("chat.add_budget", "Set a budget"),
    Power("chat.change_budget", "Change budgets"),
    Power("chat.delete_budget", "Delete budgets"),
    Power("chat.view_modelprice", "See prices of models"),
    Power("chat.add_modelprice", "Set a price"),
    Power("chat.change_modelprice", "Change prices"),
    Power("chat.delete_modelprice", "Delete prices"),
    Power("admin.view_logentry", "See the log: who changed what in the desk"),
)  # fmt: skip

# What no role has: whoever could do it could give themselves everything else.
SUPERUSERS_ONLY = {
    "auth.add_group": "Make a group, and say what its members may do",
    "auth.change_group": "Change what the members of a group may do",
    "auth.delete_group": "Delete a group",
    "account.add_emailaddress": "Add an e-mail address to an account, to which a new password could be sent",
}


def permissions_of(role: str) -> set[str]:
    """Return the permissions of a role, as has_perm() takes them."""
    return {power.permission for power in POWERS if role in power.roles}


# --- Groups ---------------------------------------------------------------------------------------------------


def set_up(apps: Apps, using: str) -> None:
    """Make the groups of all roles and give each what it is to have; permissions that are not there yet come later.

    For a migration: what a group has already, it keeps.
    """
    for label in sorted({power.permission.split(".")[0] for power in POWERS}):
        make_permissions(apps, label, using)
    _make_groups(apps, using)
    give(apps, using, (power.permission for power in POWERS))


def bring_up(sender: Any, using: str, apps: Apps = installed, **told: Any) -> None:  # Any: a signal hands it over
    """Give roles the permissions of an app that did not exist before: those of a new version, or of an empty database.

    Called after each `migrate`. Permissions that exist are left alone: an operator may have taken one from a role. A
    role that is to have more of those gets them by a migration that calls `give`.
    """
    listed = [power.permission for power in POWERS if power.permission.startswith(f"{sender.label}.")]
    if not listed:
        return
    known = _known(apps, using, sender.label)
    if not known and sender.label == "chat":
        _make_groups(apps, using)
    if new := [permission for permission in listed if permission not in known]:
        make_permissions(apps, sender.label, using)
        give(apps, using, new)


def make_permissions(apps: Apps, label: str, using: str) -> None:
    """Have an app's permissions stored now; Django does it only when all migrations have run."""
    if label not in apps.app_configs:  # not migrated yet
        return
    config = apps.get_app_config(label)
    # What a migration is given stands for an app and has no module, which Django takes for "no models".
    config.models_module = getattr(config, "models_module", None) or sys.modules[__name__]
    create_permissions(config, verbosity=0, interactive=False, using=using, apps=apps)


def give(apps: Apps, using: str, permissions: Iterable[str]) -> None:
    """Add permissions to the groups of the roles that have them, as far as both are there."""
    wanted = set(permissions)
    rows = apps.get_model("auth", "Permission").objects.using(using).filter(
        codename__in={permission.split(".")[1] for permission in wanted}
    )  # fmt: skip
    found = {f"{row.content_type.app_label}.{row.codename}": row for row in rows.select_related("content_type")}
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=ROLES):
        group.permissions.add(*(found[name] for name in permissions_of(group.name) & wanted & found.keys()))


def _make_groups(apps: Apps, using: str) -> None:
    for role in ROLES:
        apps.get_model("auth", "Group").objects.using(using).get_or_create(name=role)


def _known(apps: Apps, using: str, label: str) -> set[str]:
    rows = apps.get_model("auth", "Permission").objects.using(using).filter(content_type__app_label=label)
    return {f"{label}.{codename}" for codename in rows.values_list("codename", flat=True)}


# --- Members --------------------------------------------------------------------------------------------------


# Any: rows of users and groups, as the signal hands them over.
def let_in(instance: Any, action: str, reverse: bool, model: Any, pk_set: set[int], using: str, **told: Any) -> None:
    """Tick "staff status" of whoever becomes a member of a role: by the desk, by a command, or in a shell.

    It stays the one thing that opens the desk, wherever the site asks who is of the staff. Taking somebody out of a
    role leaves it: they may have been let in for another reason.
    """
    if action != "post_add":
        return
    if not reverse:
        if model.objects.using(using).filter(pk__in=pk_set, name__in=LET_IN).exists():
            type(instance).objects.using(using).filter(pk=instance.pk).update(is_staff=True)
            instance.is_staff = True
    elif instance.name in LET_IN:
        model.objects.using(using).filter(pk__in=pk_set).update(is_staff=True)
