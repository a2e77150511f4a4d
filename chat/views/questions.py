"""Questions that one could ask about an article, made from its own headings."""

from collections.abc import Sequence

from chat.models import Section

# An empty conversation offers three; more would be a menu.
OFFERED = 3
# Headings that frame a text without saying what it is about.
FRAMES = frozenset(
    {"", "introduction", "conclusion", "summary", "overview", "prerequisites", "contents", "table of contents"}
    | {"references", "bibliography", "sources", "notes", "further reading", "see also", "external links"}
)


def first_questions(contents: Sequence[Section], count: int = OFFERED) -> list[str]:
    """Return up to count questions, from headings spread evenly over the article; [] when it has none to ask about."""
    topics = [section.heading for section in contents if section.heading.strip().lower() not in FRAMES]
    count = min(count, len(topics))
    places = [(2 * n + 1) * len(topics) // (2 * count) for n in range(count)]
    return [f"What does the article say about “{topics[place]}”?" for place in places]
