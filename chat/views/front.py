"""What the front page shows: the article that was published first, a question about it, and the others."""

import uuid
from typing import Any

from django.urls import reverse

from chat.answering.offer import first_questions
from chat.views.covers import cover
from chat.views.reading import CONTENTS_LEVELS, contents, listed_articles


def front_context() -> dict[str, Any]:
    """Return the template's values. Two queries (three for a text that is new); {} before anything is published."""
    articles = listed_articles()
    if not articles:
        return {}
    first, *others = articles
    chapters = [section for section in contents(first.article.revision_id) if section.level == CONTENTS_LEVELS[0]]
    return {
        "front": first,
        "others": others,
        "cover": cover(first.article.title),
        "chapters": chapters,
        "questions": first_questions(first.article)[:1],
        "ask_url": reverse("chat:conversations"),
        "key": uuid.uuid4(),
    }
