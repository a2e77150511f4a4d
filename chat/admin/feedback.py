"""What readers think of single answers; what they say about it is words of theirs, like a question."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.admin.links import to_row
from chat.admin.reading import ReadersWords, may_read
from chat.admin.rights import ReadOnly
from chat.models import Conversation, Feedback


@admin.register(Feedback)
class FeedbackAdmin(ReadersWords, ReadOnly, admin.ModelAdmin):
    """Thumbs, each with the answer and the conversation that it is about."""

    list_display = ("__str__", "answer", "in_conversation", "reader", "updated")
    list_filter = ("value", "updated")
    search_fields = ("reply__conversation__owner__username", "reply__code", "reply__conversation__code")
    search_words = ("words",)
    search_help_text = "Searches readers, and codes as they stand in addresses."
    ordering = ("-updated", "-pk")
    list_per_page = 50
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Feedback | None = None) -> tuple[str, ...]:
        words = ("words",) if may_read(request) else ()
        return ("value", *words, "answer", "in_conversation", "reader", "created", "updated")

    def get_readonly_fields(self, request: HttpRequest, obj: Feedback | None = None) -> Any:  # Any: as Django has it
        return self.get_fields(request, obj)

    def conversation_of(self, row: Feedback) -> Conversation:
        return row.reply.conversation

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        rows: QuerySet[Feedback] = super().get_queryset(request)
        rows = rows.filter(reply__conversation__deleted_at=None)
        rows = rows.select_related("reply__conversation__owner").defer("reply__text")
        return rows if may_read(request) else rows.defer("words")

    @admin.display(description="answer")
    def answer(self, feedback: Feedback) -> SafeString | None:
        return to_row(feedback.reply)

    @admin.display(description="conversation")
    def in_conversation(self, feedback: Feedback) -> SafeString | None:
        return to_row(feedback.reply.conversation)

    @admin.display(description="reader", ordering="reply__conversation__owner__username")
    def reader(self, feedback: Feedback) -> SafeString | None:
        return to_row(feedback.reply.conversation.owner)
