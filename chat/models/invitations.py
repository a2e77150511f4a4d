"""Invitations: whom the staff asked in. A link opens the door once; of it only a hash is kept."""

from datetime import timedelta
from hashlib import sha256
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.errors import ClosedInvitation
from chat.text.tokens import new_token

NOTE_MAX_CHARS = 200
# For how many days one can be made; two weeks unless somebody chooses.
PERIODS_DAYS = (1, 7, 14, 30, 90)
USUAL_DAYS = 14


class InvitationState(models.TextChoices):
    """What became of an invitation; only an open one lets somebody in."""

    OPEN = "open", "Open"
    USED = "used", "Used"
    REVOKED = "revoked", "Revoked"
    EXPIRED = "expired", "Expired"


# Said to whoever comes with a link that opens nothing any more.
SENTENCES = {
    InvitationState.USED: "This invitation has been used: each opens one account. If it was you, log in.",
    InvitationState.REVOKED: "This invitation has been withdrawn. Ask whoever sent it to you for another one.",
    InvitationState.EXPIRED: "This invitation has expired. Ask whoever sent it to you for another one.",
}
UNKNOWN = "This is no invitation of this site. Open the link in the mail once more, or copy all of it."
NEEDED = "One signs up here by invitation only. If you have one, open the link that came with it."


def hash_of(token: str) -> str:
    """Return what is stored of a token: it has 256 bits of chance, so that one round is enough."""
    return sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Rules about many invitations."""

    def in_state(self, state: str) -> Self:
        """Keep those in one state, as `state` of a row tells it."""
        unused = Q(used_at=None)
        rules = {
            InvitationState.USED: ~unused,
            InvitationState.REVOKED: unused & Q(revoked_at__isnull=False),
            InvitationState.EXPIRED: unused & Q(revoked_at=None, expires__lte=timezone.now()),
            InvitationState.OPEN: unused & Q(revoked_at=None, expires__gt=timezone.now()),
        }
        return self.filter(rules[InvitationState(state)])

    def open(self) -> Self:
        """Keep those that let somebody in now."""
        return self.in_state(InvitationState.OPEN)

    def closed_before(self, moment: object) -> Self:
        """Keep those that let nobody in any more since a moment, for which a database expression will do."""
        return self.filter(Q(used_at__lt=moment) | Q(revoked_at__lt=moment) | Q(used_at=None, expires__lt=moment))

    def about(self, user: models.Model, addresses: set[str]) -> Self:
        """Keep those that the user came by, or that were made for one of these addresses."""
        rule = Q(used_by=user.pk)
        for address in addresses:
            rule |= Q(email__iexact=address)
        return self.filter(rule)

    def opened_by(self, token: str) -> "Invitation":
        """Return the open invitation of a token; raise ClosedInvitation, which says why there is none."""
        found = self.filter(token_hash=hash_of(token)).first() if token else None
        if found is None:
            raise ClosedInvitation(UNKNOWN if token else NEEDED)
        if found.state != InvitationState.OPEN:
            raise ClosedInvitation(SENTENCES[found.state])
        return found

    def claim(self, token: str) -> "Invitation":
        """Use the invitation up; raise ClosedInvitation if it is not open any more.

        Of two at once the first one's transaction decides: call it in the one that makes the account.
        """
        if not self.open().filter(token_hash=hash_of(token)).update(used_at=timezone.now()):
            self.opened_by(token)
        return self.get(token_hash=hash_of(token))

    def revoke(self) -> int:
        """Close those that are open; return how many."""
        return self.open().update(revoked_at=timezone.now())


class Invitation(models.Model):
    """One person may make one account; who let them in is remembered with it."""

    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="invitations"
    )
    email = models.EmailField(
        "e-mail address", blank=True, default="", help_text="The link is sent there. Empty: you hand it over yourself."
    )
    note = models.CharField(
        max_length=NOTE_MAX_CHARS,
        blank=True,
        default="",
        help_text="Whom it is for, or why. Whoever uses it finds it in the download of their data.",
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    # Goes with the account: nothing may be left of somebody who leaves.
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations_used"
    )
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        # Made and revoked; nobody deletes one, so that it stays known who let whom in.
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        """Return no address: the log of the admin keeps this longer than the row may be there."""
        return f"Invitation {self.pk}"

    @property
    def state(self) -> InvitationState:
        """Return whether it still lets somebody in, and if not, why."""
        if self.used_at:
            return InvitationState.USED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.OPEN if self.expires > timezone.now() else InvitationState.EXPIRED

    def seal(self, days: int) -> str:
        """Give a new invitation its end and its token; return the token, which nobody can learn again. Not stored."""
        token = new_token()
        self.token_hash, self.expires = hash_of(token), timezone.now() + timedelta(days=days)
        return token
