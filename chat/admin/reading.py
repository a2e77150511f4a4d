"""Readers' words in the admin: only for those with a permission of its own, and never without a trace.

Lists show no words to anyone: what somebody reads there could not be told to the reader. Whoever may read opens the
page of one conversation or message, and that is noted first.
"""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse

from chat.models import Conversation, ConversationReading, User

# Columns in which words of readers, or of answers to them, stand. Django lets an address
# filter by any column of the rows that are listed, and by those of other rows only where a list has such a filter.
WORDS = ("text", "title", "words")


def may_read(request: HttpRequest) -> bool:
    """Return whether words of readers, and of answers to them, may be shown."""
    return request.user.has_perm("chat.read_conversation")


class ReadersWords(admin.ModelAdmin):
    """For rows with readers' words: searched only by those who may read them, opened by them with a trace."""

    search_words: Sequence[str] = ()

    def conversation_of(self, row: Any) -> Conversation:  # Any: a row of the model that is shown
        """Return the conversation that the row belongs to."""
        raise NotImplementedError

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.search_fields, *(self.search_words if may_read(request) else ()))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        if may_read(request):
            changelist.search_help_text = f"{self.search_help_text} Also the words, which the list does not show."
        return changelist

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Refuse to tell by an address with ?text__startswith= what stands in the rows."""
        if lookup.split(LOOKUP_SEP)[0] in WORDS:
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]  # Django's own is given one

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Note who looks before anything is shown: when that fails, nothing is."""
        if may_read(request):
            row: Model | None = self.get_object(request, unquote(object_id))
            if row is not None and self.has_view_or_change_permission(request, row):
                ConversationReading.objects.note(self.conversation_of(row), cast(User, request.user))
        return super().change_view(request, object_id, form_url, extra_context)
