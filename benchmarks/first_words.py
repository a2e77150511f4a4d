"""How soon the default source's first words are with the reader: `python -m benchmarks.first_words`.

Asks a server process all questions of the evaluation, one after another, and prints the times beside those of the
site's smallest page in the same run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

import httpx2  # noqa: E402

from benchmarks import servers  # noqa: E402
from benchmarks.contestants import TOKEN  # noqa: E402
from benchmarks.databases import PostgresDatabases, SqliteDatabases  # noqa: E402
from benchmarks.load import median, percentile  # noqa: E402
from chat.text.documents import read_document  # noqa: E402
from tests.evaluation.questions import ALL, FILES, Question, questions  # noqa: E402
from tests.sse_client import events  # noqa: E402

# What the product promises; half of them have to be faster.
WANTED_MS = 50
# Asked before anything counts: the first questions after a start read the articles.
WARM_UP = 5
SLUGS = {path.stem: read_document(path.read_bytes(), path.name).slug for path in FILES}


def first_words_ms(client: httpx2.Client, question: Question) -> float:
    """Return the milliseconds from the last question of a dialogue to the first words of its answer."""
    conversation = None
    for text in question.ask:
        body = {"message": text, "key": str(uuid.uuid4()), "conversation": conversation}
        if conversation is None and question.on != ALL:
            body["article"] = SLUGS[question.on]
        begun, came = time.perf_counter(), 0.0
        with client.stream("POST", "/chat", json={name: value for name, value in body.items() if value}) as response:
            assert response.status_code == 200, response.read()
            for event in events(response.iter_raw()):
                if event.name == "reply":
                    conversation = event.json()["conversation"]
                elif event.name == "message" and not came:
                    came = time.perf_counter() - begun
        assert came, f"No words for {text!r}."
    return 1000 * came


def trip_ms(client: httpx2.Client) -> float:
    """Return the milliseconds that an answer without any work takes."""
    begun = time.perf_counter()
    assert client.get("/livez").status_code == 200
    return 1000 * (time.perf_counter() - begun)


def measure(database_url: str, session: str) -> tuple[list[float], list[float]]:
    """Return the times of all questions and of as many requests for /livez, asked in turn."""
    port = servers.free_port()
    environment = servers.site_environment(database_url, model_port=9, OPENAI_API_KEY="", OPENAI_BASE_URL="")
    seed = [sys.executable, "manage.py", "seed_article", "--publish", *map(str, FILES[2:])]
    subprocess.run(seed, cwd=servers.ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    headers = {"X-Forwarded-Proto": "https", "Origin": f"https://127.0.0.1:{port}", "X-CSRFToken": TOKEN}
    cookies = {"csrftoken": TOKEN, "sessionid": session}
    with (
        servers.running(command, environment, servers.SERVER_CORES, port),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, cookies=cookies, timeout=30) as client,
    ):
        every = questions()
        for question in every[:WARM_UP]:
            first_words_ms(client, question)
        pairs = [(first_words_ms(client, question), trip_ms(client)) for question in every]
    return [words for words, _ in pairs], [trip for _, trip in pairs]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", metavar="URL", help="on PostgreSQL too, beside this database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="first-words-") as folder:
        kinds: dict[str, SqliteDatabases | PostgresDatabases] = {"SQLite": SqliteDatabases(Path(folder), 1)}
        if options.postgres:
            kinds["PostgreSQL"] = PostgresDatabases(options.postgres, 1)
        print(
            "| Database | Questions | First words, median | p95 | longest | /livez, median |\n|---|---|---|---|---|---|"
        )
        medians = []
        for name, databases in kinds.items():
            try:
                words, trips = measure(databases.fresh("words"), databases.sessions[0])
            finally:
                databases.drop()
            times = (median(words), percentile(words, 95), max(words), median(trips))
            print(f"| {name} | {len(words)} | {' | '.join(f'{ms:.1f} ms' for ms in times)} |", flush=True)
            medians.append(times[0])
    return 0 if max(medians) < WANTED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
