"""The data: one file per room, imported here so that Django and callers find every model in one place."""

from chat.models.accounts import Theme, Usage, User
from chat.models.articles import Article, ArticleStatus, FormerSlug, State
from chat.models.citations import Citation, Verdict
from chat.models.conversations import Conversation
from chat.models.costs import Budget, Cost, ModelPrice, Quota, Spending
from chat.models.covers import Cover
from chat.models.feedback import Feedback, Opinion
from chat.models.invitations import Invitation, InvitationState
from chat.models.messages import Message, Role, Status
from chat.models.model_settings import ModelSettings
from chat.models.passages import Passage
from chat.models.prompts import Prompt
from chat.models.readings import ConversationReading
from chat.models.revisions import Revision, Section
from chat.models.search import SearchEntry
from chat.models.shares import Share
from chat.models.suspensions import Suspension

__all__ = [
    "Article",
    "ArticleStatus",
    "Budget",
    "Citation",
    "Conversation",
    "ConversationReading",
    "Cost",
    "Cover",
    "Feedback",
    "FormerSlug",
    "Invitation",
    "InvitationState",
    "Message",
    "ModelPrice",
    "ModelSettings",
    "Opinion",
    "Passage",
    "Prompt",
    "Quota",
    "Revision",
    "Role",
    "SearchEntry",
    "Section",
    "Share",
    "Spending",
    "State",
    "Status",
    "Suspension",
    "Theme",
    "Usage",
    "User",
    "Verdict",
]
