"""The data: one file per room, imported here so that Django and callers find every model in one place."""

from chat.models.accounts import Usage, User
from chat.models.articles import Article, ArticleStatus, Revision, Section
from chat.models.citations import Citation, Verdict
from chat.models.conversations import Conversation
from chat.models.feedback import Feedback, Opinion
from chat.models.messages import Message, Role, Status
from chat.models.prompts import Prompt

__all__ = [
    "Article",
    "ArticleStatus",
    "Citation",
    "Conversation",
    "Feedback",
    "Message",
    "Opinion",
    "Prompt",
    "Revision",
    "Role",
    "Section",
    "Status",
    "Usage",
    "User",
    "Verdict",
]
