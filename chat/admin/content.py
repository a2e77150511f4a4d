"""Articles, which editors write here, and their revisions, which nobody changes."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Exists, F, OuterRef, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from chat.admin.article_form import ArticleForm
from chat.admin.cover_form import FIELDS as COVER_FIELDS
from chat.admin.cover_form import WithCover
from chat.admin.exchange import WithExchange
from chat.admin.filters import Chosen
from chat.admin.insight import WithInsight
from chat.admin.links import to_row, to_site
from chat.admin.meanwhile import OneAtATime
from chat.admin.preview import WithPreview
from chat.admin.revisions import LONG_TEXTS, WithRevisions
from chat.admin.rights import Deleted, ReadOnly
from chat.admin.states import StateFilter, WithStates, outcome, warn
from chat.models import Article, Citation, Cover, FormerSlug, Message, Passage, Revision, State, User


@admin.register(Article)
class ArticleAdmin(WithStates, WithCover, WithInsight, WithExchange, WithPreview, WithRevisions, OneAtATime):
    """Where an article is written: saving a changed text publishes a new revision."""

    form = ArticleForm
    actions = ("publish", "withdraw", "back_to_draft", "export_selected")
    list_display = (
        "title", "state_now", "language", "front_position", "revision_number", "updated", "published_at", "on_site",
    )  # fmt: skip
    list_filter = (StateFilter, "language", "updated", ("author", Chosen))
    search_fields = ("title", "slug", "summary", "revision__body")
    search_help_text = "Searches titles, addresses, summaries and the current texts."
    list_per_page = 50
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("author",)
    readonly_fields = ("cover_shown", "revision_links", "created", "updated")
    save_on_top = True

    class Media:
        css = {"all": ("css/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        rows: QuerySet[Article] = super().get_queryset(request).annotate(current_number=F("revision__number"))
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:  # Any: as Django has it
        """Let only those choose another author who may see accounts: the choice would name every reader."""
        may_choose = request.user.has_perm("chat.view_user")
        return self.readonly_fields if may_choose else (*self.readonly_fields, "author")

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:  # Any: Django's nested lists
        writing = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        about = ("author", "revision_links", "created", "updated") if obj else ("author",)
        return [
            (None, {"fields": ("title", "slug", "summary", "questions", "language")}),
            ("On the site", {"fields": ("status", "published_at", "front_position")}),
            ("Cover", {"fields": COVER_FIELDS if writing else ("cover_shown",)}),
            ("Text", {"fields": ("body", "note", "based_on", "seen") if writing else ("body",)}),
            ("About", {"fields": about}),
        ]

    @admin.display(description="revision", ordering="revision__number")
    def revision_number(self, article: Article) -> int | None:
        number: int | None = article.current_number  # type: ignore[attr-defined]  # annotated in get_queryset
        return number

    @admin.display(description="on the site")
    def on_site(self, article: Article) -> SafeString | None:
        url = self.view_on_site(article)
        return to_site(url, "View" if article.state == State.PUBLISHED else "View as an editor") if url else None

    @admin.display(description="Text")
    def body(self, article: Article) -> SafeString | None:
        """Return the Markdown for those who may only look."""
        return markdown_shown(article.revision.body) if article.revision else None

    @admin.display(description="revisions")
    def revision_links(self, article: Article) -> SafeString | str:
        if article.revision is None:
            return "None yet: the article has no text."
        every = to_site(reverse("admin:chat_article_revisions", args=[article.pk]), "all revisions and what changed")
        return format_html("{}, {}", to_row(article.revision, f"current: {article.revision.number}"), every)

    def view_on_site(self, article: Article) -> str | None:
        """Return the article's address; None while there is nothing to read. Editors see drafts there too."""
        return article.get_absolute_url() if article.revision_id else None

    def save_model(self, request: HttpRequest, obj: Article, form: ModelForm, change: bool) -> None:
        """Store the row and, in the transaction that the admin has opened, the text as a revision if it is new."""
        editor = cast(User, request.user)  # the admin lets nobody in without an account
        if not change and obj.author is None:
            obj.author = editor
        super().save_model(request, obj, form, change)
        cast(ArticleForm, form).save_cover(obj)
        body, note = form.cleaned_data["body"], form.cleaned_data["note"]
        if not body.strip() and obj.revision is None:
            self.message_user(request, "The article has no text yet.", messages.INFO)
            return
        revision = obj.publish(body, author=editor, note=note)
        self.message_user(request, outcome(obj, revision), messages.SUCCESS if revision else messages.INFO)
        warn(request, body)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deleted:  # Any: a list or a queryset
        """Say in numbers what goes with the articles, or what keeps them; no row is loaded, no word is shown."""
        may_delete = all(self.has_delete_permission(request, article) for article in objs)
        forbidden = set() if may_delete else {str(Article._meta.verbose_name)}
        lines = [to_row(article) for article in objs]
        if kept := _resting_on(objs):
            # Nobody can delete it, whatever they may do; the page would name permissions instead.
            return lines, {}, set(), [f"{kept}. To take an article off the site, withdraw it."]
        goes_along = {"revisions": Revision, "covers": Cover, "former addresses": FormerSlug}
        counts = {name: model._base_manager.filter(article__in=objs).count() for name, model in goes_along.items()}
        return lines, {"articles": len(lines), **counts}, forbidden, []


def _resting_on(articles: Any) -> str:  # Any: a list or a queryset
    """Return how much of what readers have was made from these articles, in words; "" where nothing was."""
    kinds = {
        "replies that rest on this text": Message,
        "quotations from it": Citation,
        "questions about a passage of it": Passage,
    }
    counts = {name: model._base_manager.filter(revision__article__in=articles).count() for name, model in kinds.items()}
    return capfirst("; ".join(f"{name}: {count}" for name, count in counts.items() if count))


@admin.register(Revision)
class RevisionAdmin(ReadOnly, admin.ModelAdmin):
    """The texts that were published, as they were."""

    list_display = ("number", "article", "is_current", "author", "note", "created", "on_site")
    list_display_links = ("number", "article")
    list_filter = (("article", Chosen), "created")
    list_select_related = ("article", "author")
    search_fields = ("article__title", "note", "body", "author__username")
    search_help_text = "Searches titles, notes, editors and the texts."
    ordering = ("-created", "-pk")
    list_per_page = 50
    fields = ("article", "number", "is_current", "created", "author", "note", "markdown", "sha256")

    class Media:
        css = {"all": ("css/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        current = Exists(Article.objects.filter(revision=OuterRef("pk")))
        rows: QuerySet[Revision] = super().get_queryset(request).defer(*LONG_TEXTS).annotate(current=current)
        return rows

    @admin.display(description="current", boolean=True, ordering="current")
    def is_current(self, revision: Revision) -> bool:
        return bool(revision.current)  # type: ignore[attr-defined]  # annotated in get_queryset

    @admin.display(description="on the site")
    def on_site(self, revision: Revision) -> SafeString:
        return to_site(revision.get_absolute_url(), "View")

    @admin.display(description="text (Markdown)")
    def markdown(self, revision: Revision) -> SafeString:
        return markdown_shown(revision.body)

    def view_on_site(self, revision: Revision) -> str:
        return revision.get_absolute_url()


def markdown_shown(body: str) -> SafeString:
    """Return a text as it was written, every character escaped."""
    return format_html('<pre class="markdown">{}</pre>', body)
