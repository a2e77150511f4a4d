"""Whom a command is about: the account with a user name or an e-mail address."""

from django.core.management.base import CommandError
from django.db.models import Q

from chat.models import User


def find_user(words: str) -> User:
    """Return the account with this user name, else the only one with this address; raise CommandError for none."""
    if user := User.objects.filter(username=words).first():
        return user
    with_address = Q(email__iexact=words) | Q(emailaddress__email__iexact=words)
    found = list(User.objects.filter(with_address).distinct().order_by("username")) if "@" in words else []
    if len(found) > 1:
        names = ", ".join(user.username for user in found)
        raise CommandError(f"Several accounts have the address {words}; give one of their user names: {names}.")
    if not found:
        raise CommandError(f"There is no account with the user name or e-mail address {words}.")
    return found[0]
