"""What readers asked and what was answered, to look at: nothing here can be changed."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.admin.filters import Chosen
from chat.admin.links import to_list, to_row, to_site
from chat.admin.reading import ReadersWords, may_read
from chat.admin.rights import ReadOnly, RecordInline, TakesAlong
from chat.models import Citation, Conversation, ConversationReading, Feedback, Message, SearchEntry, Share

# What a citation's link needs is in the small columns of its revision.
CITED = (
    "section__text",
    "revision__body",
    "revision__body_html",
    "revision__plain",
)

# What a message's page tells of a reply beside its words.
MADE = (
    ("Reply", {"fields": ("status", "finish_reason", "error_code", "is_unanswered")}),
    ("Made by", {"fields": ("model", "settings_version", "prompt_version")}),
    ("Made from", {"fields": ("revision", "passages_given", "passages_total")}),
    ("Measures", {"fields": ("prompt_tokens", "completion_tokens", "first_token_ms", "attempt", "heartbeat_at")}),
    ("Identity", {"fields": ("code", "key")}),
)


class MessageInline(RecordInline):
    """A conversation, message by message."""

    model = Message
    readonly_fields = ("who", "text", "status", "created")
    show_change_link = True

    def get_fields(self, request: HttpRequest, obj: Conversation | None = None) -> tuple[str, ...]:
        return self.readonly_fields if may_read(request) else ("who", "status", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        rows: QuerySet[Message] = super().get_queryset(request)
        return rows if may_read(request) else rows.defer("text")

    @admin.display(description="who")
    def who(self, message: Message) -> str:
        return message.get_role_display()


def _sizes() -> QuerySet:
    """Return the number of messages of the conversation in the outer query."""
    own = Message.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
    return own.annotate(size=Count("pk")).values("size")


class WithCounts(ChangeList):
    """Counts the messages of the conversations that are shown: databases count in the query of a list for all rows."""

    def get_results(self, request: HttpRequest) -> None:
        """Take a page of the list. One query more."""
        super().get_results(request)
        shown = list(self.result_list)
        counted = Message.objects.filter(conversation__in=shown).order_by().values_list("conversation")
        sizes = dict(counted.annotate(Count("pk")))
        for conversation in shown:
            conversation.size = sizes.get(conversation.pk, 0)
        self.result_list = shown


@admin.register(Conversation)
class ConversationAdmin(ReadersWords, TakesAlong):
    """Conversations; those with the delete permission may remove one whole, as its reader can."""

    takes_along = (Message, SearchEntry, Share, Feedback)
    list_display = ("__str__", "reader", "about", "message_count", "created", "updated", "archived")
    list_filter = ("created", "updated", ("article", Chosen))
    list_select_related = ("owner", "article")
    search_fields = ("owner__username", "owner__email", "code")
    search_words = ("title", "messages__text")
    search_help_text = "Searches readers, and codes as they stand in addresses."
    list_per_page = 50
    show_full_result_count = False
    inlines = (MessageInline,)

    def get_fields(self, request: HttpRequest, obj: Conversation | None = None) -> tuple[str, ...]:
        words = ("title",) if may_read(request) else ()
        return (*words, "owner", "article", "code", "message_link", "created", "updated", "archived")

    def conversation_of(self, row: Conversation) -> Conversation:
        return row

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.filter(deleted_at=None)  # its reader deleted it: it is gone, and removed within minutes

    # Any: rows of any kind, as Django declares it.
    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find a conversation once for all its messages, without comparing everything that the list shows of it."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (queryset.filter(pk__in=found.order_by().values("pk")) if may_repeat else found), False

    @admin.display(description="reader", ordering="owner__username")
    def reader(self, conversation: Conversation) -> SafeString | None:
        return to_row(conversation.owner)

    @admin.display(description="article", ordering="article__title", empty_value="All articles")
    def about(self, conversation: Conversation) -> SafeString | None:
        return to_row(conversation.article)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WithCounts

    @admin.display(description="messages", ordering=Coalesce(Subquery(_sizes()), 0))
    def message_count(self, conversation: Conversation) -> SafeString:
        return _to_messages(conversation, conversation.size)  # type: ignore[attr-defined]  # set by WithCounts

    @admin.display(description="messages")
    def message_link(self, conversation: Conversation) -> SafeString:
        return _to_messages(conversation, conversation.messages.count())

    def view_on_site(self, conversation: Conversation) -> None:
        """Return nothing: the page on the site is its reader's alone."""


def _to_messages(conversation: Conversation, count: int) -> SafeString:
    return to_list(Message, str(count), conversation__id__exact=conversation.pk)


class CitationInline(RecordInline):
    """The quotations in a reply, each with the way to the very words."""

    model = Citation
    readonly_fields = ("ordinal", "number", "exact", "verdict", "section", "place")
    verbose_name_plural = "quotations"

    def get_fields(self, request: HttpRequest, obj: Message | None = None) -> tuple[str, ...]:
        return self.readonly_fields if may_read(request) else ("ordinal", "number", "verdict")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Citation]:
        return super().get_queryset(request).select_related("revision__article", "section").defer(*CITED)

    @admin.display(description="on the site")
    def place(self, citation: Citation) -> SafeString | None:
        return to_site(citation.url, f"Revision {citation.revision.number}") if citation.revision else None


@admin.register(Message)
class MessageAdmin(ReadersWords, ReadOnly, admin.ModelAdmin):
    """Single questions and replies, across all conversations."""

    list_display = ("__str__", "role", "status", "reader", "in_conversation", "model", "error_code", "created")
    list_filter = ("role", "status", "model", "created")
    search_fields = ("conversation__owner__username", "code", "conversation__code")
    search_words = ("text", "conversation__title")
    search_help_text = "Searches readers, and codes as they stand in addresses."
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    inlines = (CitationInline,)

    def get_fieldsets(self, request: HttpRequest, obj: Message | None = None) -> Any:  # Any: Django's nested lists
        words = ("text",) if may_read(request) else ()
        return [
            (None, {"fields": ("in_conversation", "reader", "role", "parent", *words, "created")}),
            *MADE,
        ]

    def conversation_of(self, row: Message) -> Conversation:
        return row.conversation

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        rows: QuerySet[Message] = super().get_queryset(request)
        return rows.filter(conversation__deleted_at=None).select_related("conversation__owner")

    @admin.display(description="reader", ordering="conversation__owner__username")
    def reader(self, message: Message) -> SafeString | None:
        return to_row(message.conversation.owner)

    @admin.display(description="conversation", ordering="conversation")
    def in_conversation(self, message: Message) -> SafeString | None:
        return to_row(message.conversation)


@admin.register(ConversationReading)
class ConversationReadingAdmin(ReadOnly, admin.ModelAdmin):
    """Who looked at which conversation, for those who watch over it; not even a superuser changes it here."""

    list_display = ("conversation", "owner", "looker", "created")
    list_filter = ("created",)
    list_select_related = ("conversation", "owner", "looker")
    search_fields = ("owner__username", "looker__username")
    search_help_text = "Searches readers, and those who looked, by user name."
    list_per_page = 50
    show_full_result_count = False
    fields = ("conversation", "owner", "looker", "created")
