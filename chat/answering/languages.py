"""What the source without a model knows about languages: words that say nothing, and how people ask for what.

English has a stemmer and all of it; German, French and Spanish compare words as they are; of any other language only
the words themselves count.
"""

import re
from dataclasses import dataclass

from chat.answering.words import plain_words, stem, word_set

NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, eq=False)
class Language:
    """Sets hold words as `plain_words` gives them: in lower case and without accents."""

    stop_words: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    question_words: frozenset[str] = frozenset()
    request_words: frozenset[str] = frozenset()  # of "a shorter version, please": they name no subject
    asks_number: re.Pattern[str] = NOTHING
    asks_summary: re.Pattern[str] = NOTHING
    asks_shorter: re.Pattern[str] = NOTHING
    asks_more: re.Pattern[str] = NOTHING
    goes_on: re.Pattern[str] = NOTHING
    has_stems: bool = False
    has_names: bool = True  # only names have capital letters
    min_letters: int = 1  # shorter words are grammar; only where the stop words are unknown

    def terms_of(self, words: list[str]) -> list[str]:
        """Return the terms among plain words, in order, with repetitions."""
        if self.min_letters > 1:
            return [word for word in words if len(word) >= self.min_letters or not word.isascii() or word.isdigit()]
        kept = (word for word in words if word not in self.stop_words)
        return list(map(stem, kept) if self.has_stems else kept)

    def terms(self, text: str) -> list[str]:
        """Return what carries meaning in a text, in order, with repetitions."""
        return self.terms_of(plain_words(text))

    def forms(self, words: list[str]) -> frozenset[str]:
        """Return the words as terms, those without meaning among them, too."""
        return frozenset(map(stem, words) if self.has_stems else words)


def language(tag: str) -> Language:
    """Return what is known about a language tag such as pt-BR; without one, English is assumed."""
    return LANGUAGES.get(tag.lower().split("-")[0] or "en", OTHER)


def _words(text: str) -> frozenset[str]:
    return frozenset(plain_words(text))


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


ENGLISH = Language(
    stop_words=word_set(
        """
        a about above after again against all also am an and any are as at be because been before being below between
        both but by can could d did do does doing don down during each else ever few for further from had has have
        having he her here hers him his i if in into is isn it its itself just ll m may me might more most must my no
        nor not now of off on once only or other our out over own please re s same shall she should so some such t than
        that the their theirs them then there these they this those through to too under until up upon us ve very was
        we were will with would you your yours

        how what when where which who whom whose why

        article articles define describe explain happen happened happening happens give important know like mean means
        page say says tell text thing things
        """
    ),
    pronouns=word_set("he her hers him his it its she that their theirs them these they this those"),
    question_words=word_set("how what when where which who whom whose why"),
    request_words=word_set(
        """
        answer abstract brief briefer briefly concise content contents gist idea main make one overview point
        points put sentence sentences short shorten shorter summarise summarize summary summaries
        tl dr tldr topic topics try version words
        """
    ),
    # "When is it?" asks for a date, "What happens when I close it?" does not.
    asks_number=_pattern(
        r"^\W*((and|but|so|since|until|from)\s+)?when\b|\bsince\s+when\b",
        r"\bhow\s+(many|much|old|long|far|tall|high|big|large)\b|\b(what|which)\s+(year|date|day|month|century|number)\b",
    ),
    asks_summary=_pattern(
        r"\b(summar\w*|overview|gist|abstract|tl;?dr|main\s+(point|idea|topic)s?|in\s+short|about)\b"
    ),
    asks_shorter=_pattern(r"\b(shorter|short|shorten|brief(er|ly)?|concise|one\s+sentence)\b"),
    asks_more=_pattern(r"\b(more|else|other|others|further)\b"),
    goes_on=_pattern(r"\b(what|how)\s+about\b"),
    has_stems=True,
)
GERMAN = Language(
    stop_words=_words(
        """
        aber alle alles als also am an auch auf aus bei bin bis bist bitte da damit dann das dass dem den denn der des
        die dies diese dieser dieses doch du durch ein eine einem einen einer eines er es etwas für gegen gibt hat hatte
        haben ich ihm ihn ihr ihre im in ins ist ja kann kein keine können man mehr mich mir mit nach nicht noch nun nur
        ob oder ohne sehr sein seine sich sie sind so über um und uns unter vom von vor war waren was weil wenn wer wie
        wird wir wo worden wurde wurden zu zum zur zwischen
        wann warum wem wen wessen weshalb wieso woher wohin welche welchem welchen welcher welches viel viele
        artikel erkläre erzähle erzähl sag sagt steht text
        """
    ),
    pronouns=_words("er es sie ihm ihn ihr ihre sein seine das dies diese dieser dieses"),
    question_words=_words("wann warum was wem wen wer weshalb wie wieso wo woher wohin welche welcher welches"),
    request_words=_words(
        "antwort fass fasse geht hauptpunkte inhalt kurz kurze kürzer satz überblick worum zusammen zusammenfassung"
    ),
    asks_number=_pattern(
        r"^\W*((und|aber|seit|bis|ab)\s+)?wann\b", r"\bseit\s+wann\b|\bwie\s*(viele?|alt|lange|hoch|weit)\b"
    ),
    asks_summary=_pattern(r"\b(zusammenfass\w*|fasse?\b.*\bzusammen|überblick|hauptpunkte|worum\s+geht)\b"),
    asks_shorter=_pattern(r"\b(kürzer|kurz|in\s+einem\s+satz)\b"),
    asks_more=_pattern(r"\b(mehr|weitere\w*|noch\s+etwas)\b"),
    goes_on=_pattern(r"\bwas\s+ist\s+mit\b"),
    has_names=False,
)
FRENCH = Language(
    stop_words=_words(
        """
        à a ai au aussi aux avec avoir c ce ces cet cette d dans de des donc du elle elles en entre est et été être eu
        il ils j je l la le les leur leurs lui m mais me même moi mon n ne nous on ont ou où par pas plus pour qu que
        qui s sa sans se ses si son sont sous sur t te tous tout toute très tu un une vers vous y
        combien comment laquelle lequel pourquoi quand quel quelle quelles quels quoi
        article dis dit explique texte
        """
    ),
    pronouns=_words("il elle ils elles lui leur leurs ce cela ça ses son sa"),
    question_words=_words("combien comment où pourquoi qu quand que quel quelle quelles quels qui quoi"),
    request_words=_words("bref aperçu court courte grandes idées lignes parle phrase points principaux résume résumé"),
    asks_number=_pattern(r"\bquand\b", r"\bcombien\b", r"\bquelle?\s+(date|année|âge|siècle|jour)\b"),
    asks_summary=_pattern(r"\b(résum\w*|aperçu|points\s+principaux|grandes\s+lignes|de\s+quoi\s+parle)"),
    asks_shorter=_pattern(r"\b(plus\s+court\w*|bref|en\s+une\s+phrase)\b"),
    asks_more=_pattern(r"\b(davantage|autres?)\b"),
    goes_on=_pattern(r"\bqu['’]en\s+est-il\b"),
)
SPANISH = Language(
    stop_words=_words(
        """
        a al algo ante así aún cada como con contra de del desde donde e el él ella ellas ellos en entre era eran es
        esa ese eso esta está estaba están este esto fue fueron ha han hasta hay la las le les lo los me mi muy más ni
        no nos o os para pero por porque que se ser si sin sobre son su sus también te tiene tienen todo todos tu un
        una unas uno unos y ya
        cómo cuál cuáles cuándo cuánta cuántas cuánto cuántos dónde qué quién quiénes
        artículo dice dime explica texto
        """
    ),
    pronouns=_words("él ella ellas ellos lo le les su sus eso esto"),
    question_words=_words("cómo cuál cuáles cuándo cuánta cuántas cuánto cuántos dónde qué quién quiénes"),
    request_words=_words("breve corta corto frase habla ideas principales puntos resumen resume trata"),
    asks_number=_pattern(r"\bcu[aá]ndo\b", r"\bcu[aá]nt[ao]s?\b", r"\bqué\s+(año|fecha|día|siglo)\b"),
    asks_summary=_pattern(r"\b(resum\w*|puntos\s+principales|ideas\s+principales|de\s+qué\s+(trata|habla))\b"),
    asks_shorter=_pattern(r"\b(más\s+cort[ao]|breve\w*|en\s+una\s+frase)\b"),
    asks_more=_pattern(r"\botr[ao]s?\b"),
)
OTHER = Language(min_letters=4)
LANGUAGES = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
