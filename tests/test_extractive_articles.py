"""The source without a model on articles that it has never seen: other languages, odd forms, extreme lengths."""

from uuid import uuid4

import pytest

from chat.answering.ask import read
from chat.answering.source import Passage
from chat.models import Article, Conversation, User
from tests.test_extractive import REFUSAL, ask, passages_of, quotations

GERMAN = """\
Ein Leuchtturm ist ein Turm, der Schiffen mit seinem Licht den Weg zeigt.

## Geschichte

Der Leuchtturm von Alexandria wurde um 280 v. Chr. gebaut. Die Türme des Mittelalters trugen offene Feuer.
Augustin Fresnel erfand 1822 eine Linse aus Ringen, die das Licht weit über das Meer trug.

## Wärter

Bis in die achtziger Jahre wohnten Wärter in den Türmen. Sie putzten die Lampe und führten das Wetterbuch.

## Fazit

Heute leuchten die meisten Türme von selbst.
"""
FRENCH = """\
Le phare est une tour dont la lumière guide les navires.

## Histoire

Le phare d'Alexandrie fut construit vers 280 avant notre ère. Augustin Fresnel inventa en 1822 une lentille à échelons.

## Gardiens

Les gardiens vivaient dans la tour. Ils nettoyaient la lampe chaque matin.
"""
SPANISH = """\
El faro es una torre cuya luz guía a los barcos.

## Historia

El faro de Alejandría fue construido hacia el año 280 antes de nuestra era. Augustin Fresnel inventó en 1822 una lente.

## Fareros

Los fareros vivían en la torre. Limpiaban la lámpara cada mañana.
"""
TABLE = """\
| Lamp | Fuel | Range in miles |
|---|---|---|
| Eddystone | tallow candles | 5 |
| Bell Rock | whale oil | 35 |
| Skerryvore | electricity | 23 |
"""


def spoken(body: str, language: str, article: str = "Licht") -> tuple[Passage, ...]:
    return tuple(
        Passage(p.number, article, p.parent, p.heading, p.text, p.url, language) for p in passages_of(body, "licht")
    )


@pytest.mark.parametrize(
    ("body", "language", "questions", "words"),
    [
        (GERMAN, "de", ["Wann wurde der Leuchtturm von Alexandria gebaut?"], "280 v. Chr."),
        (GERMAN, "de-AT", ["Wer erfand die Linse?"], "Augustin Fresnel"),
        (GERMAN, "de", ["Was ist ein Leuchtturm?"], "ein Turm, der Schiffen"),
        (GERMAN, "de", ["wo wohnten die wärter"], "wohnten Wärter in den Türmen"),
        (GERMAN, "de", ["Wer war Augustin Fresnel?", "Was erfand er?"], "eine Linse aus Ringen"),
        (GERMAN, "de", ["Worum geht es?"], "Heute leuchten die meisten Türme von selbst."),
        (GERMAN, "de", ["Fass den Artikel zusammen."], "Ein Leuchtturm ist ein Turm"),
        (FRENCH, "fr", ["Quand le phare d'Alexandrie fut-il construit ?"], "vers 280"),
        (FRENCH, "fr", ["Qui inventa la lentille ?"], "Augustin Fresnel"),
        (FRENCH, "fr", ["Qu'est-ce qu'un phare ?"], "Le phare est une tour"),
        (FRENCH, "fr", ["Où vivaient les gardiens ?"], "dans la tour"),
        (FRENCH, "fr-CA", ["De quoi parle cet article ?"], "Le phare est une tour"),
        (SPANISH, "es", ["¿Cuándo fue construido el faro de Alejandría?"], "280"),
        (SPANISH, "es", ["¿Quién inventó la lente?"], "Augustin Fresnel"),
        (SPANISH, "es", ["¿Qué es un faro?"], "El faro es una torre"),
        (SPANISH, "es-MX", ["¿De qué trata el artículo?"], "El faro es una torre"),
    ],
)
def test_it_quotes_articles_in_other_languages(body: str, language: str, questions: list[str], words: str) -> None:
    *before, question = questions
    answer = ask(question, *before, passages=spoken(body, language))
    assert any(words in quotation for quotation in quotations(answer))


@pytest.mark.parametrize(
    ("body", "language", "question"),
    [
        (GERMAN, "de", "Wie heißt die Hauptstadt von Peru?"),
        (GERMAN, "de", "Wann starb Fresnel?"),
        (GERMAN, "de", "Wie viele Wärter gab es?"),
        (FRENCH, "fr", "Quelle est la capitale du Pérou ?"),
        (FRENCH, "fr", "Combien de gardiens y avait-il ?"),
        (SPANISH, "es", "¿Cuál es la capital del Perú?"),
        (SPANISH, "es", "¿Cuántos fareros había?"),
    ],
)
def test_it_refuses_in_other_languages(body: str, language: str, question: str) -> None:
    assert ask(question, passages=spoken(body, language)).startswith(REFUSAL)


def test_a_language_that_it_does_not_know_is_searched_for_the_words() -> None:
    dutch = "De vuurtoren wijst schepen de weg. De lamp brandt op olie.\n\n## Wachters\n\nDe wachters woonden er."
    assert any("vuurtoren" in words for words in quotations(ask("vuurtoren schepen", passages=spoken(dutch, "nl"))))
    assert ask("Hoeveel inwoners heeft Amsterdam?", passages=spoken(dutch, "nl")).startswith(REFUSAL)


def test_among_articles_in_several_languages_the_one_that_fits_is_quoted() -> None:
    passages = (*spoken(GERMAN, "de", "Leuchtturm"), *spoken(FRENCH, "fr", "Phare"), *passages_of(TABLE, "lamps"))
    assert "*Leuchtturm* says" in ask("Wer erfand die Linse?", passages=passages, title="")
    assert "*Phare* says" in ask("Qui inventa la lentille ?", passages=passages, title="")
    assert "*Lamps* says" in ask("What fuel does Bell Rock burn?", passages=passages, title="")
    assert ask("What is a zebra?", passages=passages, title="").startswith("The articles may not answer that.")


def test_an_article_of_one_sentence_is_quoted_or_not() -> None:
    one = passages_of("A lamp is a light with a handle.")
    assert quotations(ask("What is a lamp?", passages=one)) == ["A lamp is a light with a handle."]
    assert quotations(ask("What is it about?", passages=one)) == ["A lamp is a light with a handle."]
    assert ask("What is a candle?", passages=one).startswith(REFUSAL)


def test_an_article_that_is_only_a_table_is_quoted_by_rows() -> None:
    table = passages_of(TABLE)
    answer = quotations(ask("What fuel does Bell Rock burn?", passages=table))
    assert answer == ["Lamp Fuel Range in miles", "Bell Rock whale oil 35"]
    assert "Skerryvore electricity 23" in quotations(ask("And Skerryvore?", "Fuel of Bell Rock?", passages=table))
    assert quotations(ask("What is it about?", passages=table))


def test_an_article_that_is_one_giant_list_is_quoted_by_items() -> None:
    body = "\n".join(f"- Lamp {number} stands in harbour {number * 7} and burns oil." for number in range(20_000))
    answer = ask("Where does lamp 12345 stand?", passages=passages_of(body))
    assert quotations(answer) == ["Lamp 12345 stands in harbour 86415 and burns oil."]


def test_an_empty_article_is_refused() -> None:
    assert ask("What is a lamp?", passages=()).startswith(REFUSAL)
    assert ask("What is it about?", passages=()).startswith(REFUSAL)


def test_the_language_of_the_article_reaches_the_source(article: Article, alice: User) -> None:
    article.language = "de-AT"
    article.save(update_fields=["language"])
    conversation = Conversation.objects.create(owner=alice, article=article)
    assert {passage.language for passage in read(conversation.ask("Wann?", uuid4())).passages} == {"de-AT"}
