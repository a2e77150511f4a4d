# PYTHON only makes the virtual environment; everything else runs inside it.
PYTHON ?= python3
PORT ?= 8000
ARGS ?=
MINUTES ?= 10
PY := .venv/bin/python
PREPARE = @$(PYTHON) celebrations_site/prepare.py
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links
# A site as it would run in public, for the checks that only look at its settings.
PRODUCTION := DEBUG=false SECRET_KEY=only-for-make-check-0123456789-abcdefghijklmnopqrstuvwxyz ALLOWED_HOSTS=example.org \
	TRUSTED_PROXY_COUNT=1

.PHONY: help run test check soak bench eval screenshots lock format python
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s%s\n", $$1, $$2}' Makefile

run: python ## serve the site on http://127.0.0.1:8000 (another port: make run PORT=8001)
	$(PREPARE) --port "$(PORT)" requirements.txt
	@DEBUG=true $(PY) manage.py first_run --port "$(PORT)"
	@DEBUG=true exec $(PY) manage.py serve --port "$(PORT)"

test: python ## run every test this machine can run (some: make test ARGS="-k quote")
	$(PREPARE) requirements-dev.txt
	@$(PY) tests/run.py $(ARGS)

check: python ## look for what is wrong without running the tests
	$(PREPARE) requirements-dev.txt
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PRODUCTION) $(PY) -m mypy chat celebrations_site
	$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

format: python ## put the code into its usual form
	$(PREPARE) requirements-dev.txt
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

soak: python ## break everything, many times, and check what must hold (make soak MINUTES=20)
	$(PREPARE) requirements-dev.txt
	@$(PY) -m tests.faults.histories "$(MINUTES)" $(ARGS)

bench: python ## measure the site beside a bare relay and a plain view (a try: make bench ARGS=--quick)
	$(PREPARE) requirements-dev.txt
	@$(PY) -m benchmarks $(ARGS)

eval: python ## ask the answer source over a hundred questions and grade it (make eval ARGS=--show)
	$(PREPARE) requirements-dev.txt
	@$(PY) -m tests.evaluation $(ARGS)

screenshots: python ## make the pictures of docs/ anew
	$(PREPARE) requirements-dev.txt
	@DJANGO_SETTINGS_MODULE=tests.settings DJANGO_ALLOW_ASYNC_UNSAFE=true $(PY) -m tests.browser.screenshots

lock: python ## write requirements.txt and requirements-dev.txt anew from the .in files
	$(PREPARE) requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) --upgrade requirements.in -o requirements.txt
	$(LOCK) --upgrade --constraint requirements.txt requirements-dev.in -o requirements-dev.txt

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not here."; exit 1; }
