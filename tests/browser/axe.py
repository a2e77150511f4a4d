"""What axe, the accessibility checker, finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page) -> list[str]:
    """Return a line for every rule that the page breaks, with the elements that break it."""
    # Without style sheets of its own, which the policy of the site would refuse; no rule of these needs them.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{rule['id']}: {[node['html'][:160] for node in rule['nodes']]}" for rule in found]
