"""The account in the browser: passkeys, an app's codes, sessions, the end of it; by keyboard, and without scripts."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, PASSWORD, PHONE, log_in, sign_up
from tests.site import Site
from tests.totp import code

pytestmark = pytest.mark.browser

SECURITY = "/accounts/2fa/"
SIZES = [{"viewport": {"width": 1280, "height": 800}}, PHONE]
# A device with a fingerprint reader that always knows the finger.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PAGES = [
    "/account/",
    "/accounts/email/",
    "/accounts/password/change/",
    SECURITY,
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/account/sessions/",
    "/account/data/",
    "/account/delete/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
]


def main(page: Page) -> Locator:
    return page.get_by_role("main")


def press(page: Page, name: str) -> None:
    """Click what is called so in the page's main part, button or link."""
    main(page).get_by_role("button", name=name, exact=True).or_(
        main(page).get_by_role("link", name=name, exact=True)
    ).click()


def newcomer(watch: Watch, origin: str, name: str, **options: Any) -> Page:
    """Return a page of someone who has just signed up."""
    page = watch.open(origin, **options)
    page.goto(ARTICLE)
    sign_up(page, name)
    return page


def say_again(page: Page, path: str) -> None:
    """Enter the password once more, and go on to a page that wants that."""
    page.goto(f"/accounts/reauthenticate/?next={quote(path, safe='')}")
    expect(main(page).get_by_role("heading", level=1)).to_have_text("Is it still you?")
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Go on")
    page.wait_for_url(f"**{path}")


def log_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    main(page).get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Sign up")).to_be_visible()


def is_in(page: Page) -> None:
    expect(page.get_by_role("link", name="Conversations", exact=True).first).to_be_visible()


def set_up_app(page: Page) -> tuple[str, list[str]]:
    """Set up an authenticator app; return its key and the recovery codes."""
    say_again(page, "/accounts/2fa/totp/activate/")
    expect(page.locator("img.qr")).to_be_visible()
    secret = main(page).locator("code").inner_text()
    page.locator("#id_code").fill(code(secret))
    press(page, "Set it up")
    codes = page.locator(".codes li")
    expect(codes).to_have_count(10)
    return secret, codes.all_inner_texts()


def test_a_passkey_is_added_and_logs_in_without_the_password(watch: Watch, site: Site) -> None:
    origin = site.url.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, not to a number
    page = newcomer(watch, origin, "pauline")
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    say_again(page, "/accounts/2fa/webauthn/add/")
    page.get_by_label("Name", exact=True).fill("My telephone")
    press(page, "Add it")
    expect(main(page).get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    page.goto("/accounts/2fa/webauthn/")
    expect(main(page)).to_contain_text("My telephone")
    log_out(page)
    page.goto(f"/accounts/login/?next={ARTICLE}")
    press(page, "Log in with a passkey")
    page.wait_for_url(f"**{ARTICLE}")
    is_in(page)
    # After the password it is the second factor.
    log_out(page)
    page.goto("/accounts/login/")
    log_in(page, "pauline")
    page.wait_for_url("**/2fa/authenticate/")  # and for its scripts, without which the button does nothing
    press(page, "Use a passkey")
    is_in(page)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_an_app_and_a_recovery_code_let_in(watch: Watch, site: Site, has_scripts: bool) -> None:
    name = f"theodor-{has_scripts}".lower()
    page = newcomer(watch, site.url, name, java_script_enabled=has_scripts)
    secret, codes = set_up_app(page)
    for answer in (code(secret), codes[0]):
        log_out(page)
        page.goto("/accounts/login/")
        log_in(page, name)
        expect(main(page).get_by_role("heading", level=1)).to_have_text("One more step")
        page.locator("#id_code").fill(answer)
        press(page, "Log in")
        is_in(page)


def test_without_scripts_it_says_what_a_passkey_needs(watch: Watch, site: Site) -> None:
    page = watch.open(site.url, java_script_enabled=False)
    page.goto("/accounts/login/")
    # Not by the text of the page, from which Playwright leaves out what only browsers without scripts show.
    expect(page.locator("main noscript p")).to_be_visible()


def test_a_session_is_ended_from_another_browser(watch: Watch, site: Site) -> None:
    here = newcomer(watch, site.url, "sophie")
    elsewhere = watch.open(site.url, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    elsewhere.goto("/accounts/login/")
    log_in(elsewhere, "sophie")
    is_in(elsewhere)
    here.goto("/account/sessions/")
    expect(here.locator(".listing li").first).to_contain_text("this one")
    here.get_by_role("button", name=re.compile("End it ?: Firefox on Linux")).click()
    expect(here.locator(".listing li")).to_have_count(1)
    elsewhere.goto("/conversations/")
    expect(main(elsewhere).get_by_role("heading", level=1)).to_have_text("Log in")


def test_what_the_profile_says_follows_to_another_browser(watch: Watch, site: Site) -> None:
    page = newcomer(watch, site.url, "yoko")
    page.goto("/account/")
    page.get_by_label("Name", exact=True).fill("Yoko Y.")
    page.locator("#id_theme").select_option("Night")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    press(page, "Save")
    expect(page.locator(".notes")).to_contain_text("Your profile is saved.")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    other = watch.open(site.url)
    other.goto("/accounts/login/")
    log_in(other, "yoko")
    expect(other.locator(".notes")).to_contain_text("Yoko Y.")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")


def test_everything_is_downloaded(watch: Watch, site: Site) -> None:
    page = newcomer(watch, site.url, "dora")
    page.goto("/account/data/")
    with page.expect_download() as download:
        press(page, "Download everything")
    assert download.value.suggested_filename.endswith(".zip")
    assert download.value.failure() is None


def test_an_account_is_deleted_by_keyboard(watch: Watch, site: Site) -> None:
    watch.expect_complaint("400")  # Chromium reports the answer to a wrong name
    page = newcomer(watch, site.url, "ende")
    say_again(page, "/account/delete/")
    field = page.get_by_label("To delete it, write your user name: ende")
    for _ in range(30):
        page.keyboard.press("Tab")
        if field.evaluate("(element) => element === document.activeElement"):
            break
    page.keyboard.type("not me")
    page.keyboard.press("Enter")
    expect(main(page)).to_contain_text("Nothing was deleted")
    field.fill("ende")
    field.press("Enter")
    expect(main(page).get_by_role("heading", level=1)).to_have_text("Your account is deleted")
    expect(page.get_by_role("link", name="Sign up")).to_be_visible()
    page.goto("/accounts/login/")
    log_in(page, "ende")
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.fixture(scope="module")
def member(browser: Browser, site: Site) -> Any:
    """The cookies of someone who has signed up."""
    watch = Watch(browser)
    page = newcomer(watch, site.url, "axel")
    state = page.context.storage_state()
    watch.close()
    return state


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_08_account_pages_pass_axe_and_fit(watch: Watch, site: Site, member: Any, size: Any, theme: str) -> None:
    """axe finds nothing on any page of the account, in both themes, and none scrolls sideways.

    The policy lets no foreign style in, so two complaints of axe's own are expected.
    """
    watch.expect_complaint("style-src|Content Security Policy")
    page = watch.open(site.url, storage_state=member, **size)
    say_again(page, "/account/delete/")  # now every page opens
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
    for path in PAGES:
        page.goto(path)
        page.wait_for_url(f"**{path}")
        assert violations(page) == [], path
        assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_08_login_with_a_second_factor_passes_axe(watch: Watch, site: Site, theme: str) -> None:
    """The login, the step after it, and the page with the recovery codes, in both themes."""
    watch.expect_complaint("style-src|Content Security Policy")
    page = newcomer(watch, site.url, f"lena-{theme}")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
    secret, _ = set_up_app(page)
    assert violations(page) == []
    log_out(page)
    page.goto("/accounts/login/")
    assert violations(page) == []
    log_in(page, f"lena-{theme}")
    assert violations(page) == []
    page.locator("#id_code").fill(code(secret))
    press(page, "Log in")
    is_in(page)
    page.goto(SECURITY)
    assert violations(page) == []
