"""`doctor`: what is wrong with the site, and what to do about it."""

import dataclasses
import json
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from chat.doctor.examining import examine
from chat.doctor.findings import Finding, Level


class Command(BaseCommand):
    """Look at everything that the site needs; print what is wrong with it."""

    help = "Look at database, Redis, model, e-mail, disk, settings and the public address; say what is wrong."
    # The checks are a part of what is looked at; a bad setting must not hide the rest.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="", help="the address that readers use, to be looked at as they see it")
        parser.add_argument("--json", dest="as_json", action="store_true", help="print the findings as JSON")

    def handle(self, *, url: str, as_json: bool, **options: object) -> None:
        found = examine(url)
        self.stdout.write(written(found) if as_json else told(found))
        if not (url or as_json):
            self.stdout.write("Not looked at: what readers get through a proxy (--url https://example.org).")
        if any(finding.level == Level.ERROR for finding in found):
            sys.exit(1)


def told(found: list[Finding]) -> str:
    """Return the findings for people, the errors first."""
    ordered = sorted(found, key=lambda finding: finding.level != Level.ERROR)
    lines = [f"{finding.level.upper()} {finding.part}: {finding.what}\n    {finding.remedy}" for finding in ordered]
    return "\n".join(lines) or "Nothing is wrong."


def written(found: list[Finding]) -> str:
    """Return the findings for programs: a list of objects with part, level, what and remedy."""
    return json.dumps([dataclasses.asdict(finding) for finding in found], indent=2, ensure_ascii=False)
