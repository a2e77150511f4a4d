"""The data: one file per room, imported here so that Django and callers find every model in one place."""

from chat.models.accounts import Theme, Usage, User
from chat.models.articles import Article, ArticleStatus, Revision, Section
from chat.models.citations import Citation, Verdict
from chat.models.conversations import Conversation, Message, Role, Status
from chat.models.passages import Passage
from chat.models.prompts import Prompt
from chat.models.search import SearchEntry
from chat.models.shares import Share

__all__ = [
    "Article",
    "ArticleStatus",
    "Citation",
    "Conversation",
    "Message",
    "Passage",
    "Prompt",
    "Revision",
    "Role",
    "SearchEntry",
    "Section",
    "Share",
    "Status",
    "Theme",
    "Usage",
    "User",
    "Verdict",
]
