"""What editors and the operator see under /admin/; Django finds this package, and it finds its parts."""

from django.conf import settings
from django.contrib import admin

from chat.admin.content import ArticleAdmin, RevisionAdmin
from chat.admin.conversations import ConversationAdmin, ConversationReadingAdmin, MessageAdmin
from chat.admin.costs import BudgetAdmin, ModelPriceAdmin, QuotaAdmin
from chat.admin.feedback import FeedbackAdmin
from chat.admin.invitations import InvitationAdmin
from chat.admin.log import LogEntryAdmin
from chat.admin.model_settings import ModelSettingsAdmin
from chat.admin.people import PersonAdmin, UsageAdmin
from chat.admin.prompts import PromptAdmin

__all__ = [
    "ArticleAdmin", "BudgetAdmin", "ConversationAdmin", "ConversationReadingAdmin", "FeedbackAdmin", "InvitationAdmin",
    "LogEntryAdmin", "MessageAdmin", "ModelPriceAdmin", "ModelSettingsAdmin", "PersonAdmin", "PromptAdmin",
    "QuotaAdmin", "RevisionAdmin", "UsageAdmin",
]  # fmt: skip

# Read once, at the start: the name is a setting of the process.
admin.site.site_header = admin.site.site_title = settings.SITE_NAME
admin.site.index_title = "What is published, and what was asked"
