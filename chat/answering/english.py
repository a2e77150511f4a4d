"""Turns an English sentence round into the question that it answers: "X is a …" into "What is X?"."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from chat.answering.naming import Names, is_name

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_YEAR = r"[12]\d{3}(?: BCE?)?\b"
_DATE = (
    rf"(?:about |early |late |mid-)?(?:\d\d? (?:{MONTHS})|(?:{MONTHS})\b(?: \d\d?\b)?|{_YEAR}|\d+ BCE?|"
    rf"the (?:first|second|third|fourth|last) (?:{_DAYS}) (?:of|in) (?:{MONTHS}))"
)
_NAME = r"(?P<name>[^\W\d_][^,;:()]*?)"
_ASIDE = r"(?P<aside>, [^;:]{2,90}?,| \([^()]{1,60}\))?"
_START = rf"{_NAME}{_ASIDE} "
_PLACE = rf"(?:the )?(?!(?:{MONTHS}|{_DAYS})\b)[A-Z]"
_IN = r"(?:in|at|on|near) "
_BE = r"(?P<be>is|are|was|were)"
_HELD = (
    r"held|celebrated|observed|kept|re-enacted|founded|established|built|opened|created|invented|introduced|published|"
    r"written|signed|adopted|discovered|launched|born|released|formed|begun|completed|abolished|passed|played|spoken"
)
# What something did, and how a question says it.
_DID = {
    "began": "begin", "opened": "open", "started": "start", "ended": "end", "died": "die", "closed": "close",
    "appeared": "appear", "emerged": "emerge", "arrived": "arrive", "took place": "take place",
}  # fmt: skip
_SAID = {
    "argued": "argue", "argues": "argue", "observed": "observe", "showed": "show", "shows": "show", "found": "find",
    "claimed": "claim", "claims": "claim", "proposed": "propose", "proposes": "propose", "suggested": "suggest",
    "suggests": "suggest", "believed": "believe", "holds": "hold", "discovered": "discover", "concluded": "conclude",
    "states": "state", "predicts": "predict", "explained": "explain", "explains": "explain",
}  # fmt: skip
# "Is the same", "is a matter of" and the like define nothing.
_EMPTY = r"(?:same|little|few|lot|bit|matter|case|reason|result|way|good|great|question|problem|only|one|most|kind)\b"
_PEOPLE = re.compile(
    r"\b(?:\w+(?:ologist|ographer|osopher|ician|entist|omist|emist)|writer|author|poet|painter|artist|composer|king|"
    r"queen|emperor|empress|president|politician|general|saint|explorer|inventor|engineer|architect|actor|actress|"
    r"singer|novelist|journalist|lawyer|doctor|nurse|monk|priest|pope|prophet|historian|man|woman|god|goddess)\b"
    r"|\(born |; he | and his | and her "
)


# What is further back in a sentence is not what it is about; and a pattern has to look at each place of it.
_LOOKED_AT_CHARS = 250


class Form(NamedTuple):
    """A shape of sentence, and the question that it answers."""

    kind: str
    pattern: re.Pattern[str]
    ask: Callable[[re.Match[str], str], str]  # given the match and the name as it is written within a sentence


class Asked(NamedTuple):
    """A question that a sentence answers."""

    kind: str
    question: str
    name: str


def _form(kind: str, pattern: str, ask: Callable[[re.Match[str], str], str], start: str = _START) -> Form:
    return Form(kind, re.compile(start + pattern), ask)


def _define(match: re.Match[str], name: str) -> str:
    is_person = name[0].isupper() and _PEOPLE.search(match.string)
    return f"{'Who' if is_person else 'What'} {match['be']} {name}?"


def _date(match: re.Match[str], name: str) -> str:
    verb = {"falls": "is", "fall": "are", "fell": "was"}.get(match["be"], match["be"])
    return f"When {verb} {name}{' ' + match['held'].strip() if match['held'] else ''}?"


def _origin(match: re.Match[str], name: str) -> str:
    return f"Where {({'come': 'do', 'comes': 'does'}).get(match['come'], 'did')} {name} come from?"


def _claim(match: re.Match[str], name: str) -> str:
    is_present = match["said"].endswith("s")
    return f"What {'does' if is_present else 'did'} {name} {_SAID[match['said']]}?"


FORMS = (
    _form("date", rf"(?P<be>is|are|was|were|falls?|fell) (?P<held>(?:{_HELD}) )?(?:on |in |at )?{_DATE}", _date),
    _form("date", rf"(?P<be>was|were) (?P<held>{_HELD}) [^,.;:]{{0,40}}?\b(?:in|on) {_DATE}", _date),
    _form("date", rf"(?:on|in) (?!{_YEAR}){_DATE}, [a-z]", lambda m, name: f"When is {name}?",
          start=r"(?P<name>[A-Z][^,;:()]*?), "),
    _form("date", rf"(?P<did>{'|'.join(_DID)}) (?:[^,.;:]{{0,40}}?\b)?(?:in|on) {_DATE}",
          lambda m, name: f"When did {name} {_DID[m['did']]}?"),
    _form("since", rf"(?P<has>has|have) been (?P<rest>[^,;:.]{{3,45}})(?:, [^;:.]{{0,30}})? since {_YEAR}",
          lambda m, name: f"Since when {m['has']} {name} been {m['rest']}?"),
    _form("reason", r"(?P<be>is|are|was|were|can|may|must|will|cannot) (?P<rest>[^,;:.]{3,45}?),? because ",
          lambda m, name: f"Why {m['be']} {name} {m['rest']}?", start=f"{_NAME} "),
    _form("place", rf"{_BE} (?P<held>{_HELD}|found|made|grown|buried|located|situated) {_IN}{_PLACE}",
          lambda m, name: f"Where {m['be']} {name} {m['held']}?"),
    _form("place", rf"took place {_IN}{_PLACE}", lambda m, name: f"Where did {name} take place?"),
    _form("place", rf"(?P<come>comes?|came) from {_PLACE}", _origin),
    _form("trait", rf"{_BE} (?P<rest>known for|famous for|named after|made (?:of|from)|based on|composed of|used for) ",
          lambda m, name: f"What {m['be']} {name} {m['rest']}?"),
    _form("claim", rf"(?P<said>{'|'.join(_SAID)}) (?:that|how|why) ", _claim),
    _form("claim", r"described (?P<what>[^,;:.]{3,40}?) as ", lambda m, name: f"How did {name} describe {m['what']}?"),
    _form("definition", rf"{_BE} (?:an? |the )(?!{_EMPTY})\w", _define),
)  # fmt: skip


def questions_of(sentence: str, heading: str, names: Names) -> Iterator[Asked]:
    """Yield the questions that a sentence under a heading answers by itself."""
    beginning = sentence[:_LOOKED_AT_CHARS]
    for form in FORMS:
        match = form.pattern.match(beginning)
        if match and is_name(match["name"], heading) and not _is_doubtful(match, names):
            name = names.inside(match["name"])
            yield Asked(form.kind, form.ask(match, name), name)


def _is_doubtful(match: re.Match[str], names: Names) -> bool:
    """Tell whether a single word with an aside behind it may be anything: "White, the colour of the bride, is …"."""
    return bool(match.groupdict().get("aside")) and " " not in match["name"] and not names.knows(match["name"])


_HOW = re.compile(r"How (?P<name>[^,;:?]+?) (?P<be>is|are|was|were|can) (?P<rest>[^,;:?]+)")
MAX_TOPIC_WORDS = 5
_NO_NOUN = re.compile(r"(?:al|ous|ive|ic|ful|less|able|ary|ly|ed)$")


def question_of_heading(heading: str, names: Names) -> tuple[str, str]:
    """Return the kind and the question that a heading raises, ("", "") for one that raises none."""
    if (how := _HOW.fullmatch(heading)) and is_name(how["name"]):
        return "manner", f"How {how['be']} {names.inside(how['name'])} {how['rest']}?"
    words = heading.split()
    # "Religious and spiritual" is half a phrase, "Running it" no noun, and what is longer may be a sentence.
    is_phrase = len(words) <= MAX_TOPIC_WORDS and not words[0].endswith("ing") and words[0].lower() not in ("a", "an")
    if is_phrase and is_name(heading, heading) and not _NO_NOUN.search(words[-1]):
        return "topic", f"What does the article say about {names.heading(heading)}?"
    return "", ""


# Words of which English text is full and no other language's.
_ENGLISH = frozenset(["the", "of", "and", "is", "are", "that", "with", "for", "from", "to", "was", "it"])
_SAMPLE_CHARS = 20_000


def is_english(language: str, text: str) -> bool:
    """Tell whether questions about a text may be in English: its tag says so, and so do its commonest words."""
    words = re.findall(r"[^\W\d_]+", text[:_SAMPLE_CHARS].lower())
    common = sum(word in _ENGLISH for word in words)
    return language.lower().split("-")[0] == "en" and 12 * common >= len(words) > 0
