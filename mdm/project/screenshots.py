"""`make screenshots`: pictures of the main pages of a running demo, for the README and the documentation."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Error, Page, sync_playwright

from tests.browser import chromium, flags

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PASSWORD = "STEWARD_PASSWORD"  # noqa: S105  # the variable's name; never an option, which every user of the machine sees
WIDTH = 1280
TALLEST = {"queue": 800, "compare": 1400, "golden": 1400, "quarantine": 800, "api": 800}
FIRST_REVIEWS = "queue/?kind=match_review&entity_type=customer"
WHAT_TO_DO = f"""Start the demo with `make demo`, leave it running, and in another shell say
  {PASSWORD}=(the steward's password) make screenshots
If the demo chose other ports than the usual ones, add HUB=http://127.0.0.1:PORT."""


class NotTaken(Exception):
    """The pictures could not be taken; the message says what to do."""


def take(hub: str, *, user: str, password: str, review: int | None) -> list[Path]:
    """Sign in and write one picture a page; `review` None takes the first review of a customer. Raises NotTaken."""
    browser_path = chromium()
    if browser_path is None:
        raise NotTaken("there is no Chromium; `python -m tests.browser` installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=flags())
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        try:
            _sign_in(page, hub, user=user, password=password)
            return [_picture(page, name, address) for name, address in _addresses(page, hub, review=review).items()]
        except Error as error:
            raise NotTaken(f"{hub} did not show what was expected ({error.message.splitlines()[0]})") from error
        finally:
            browser.close()


def _password() -> str:
    password = os.environ.get(PASSWORD, "")
    if not password:
        raise NotTaken(f"{PASSWORD} is not set")
    return password


def _sign_in(page: Page, hub: str, *, user: str, password: str) -> None:
    page.goto(urljoin(hub, "login/"))
    page.fill("#id_username", user)
    page.fill("#id_password", password)
    page.click("button[type=submit]")
    page.wait_for_load_state()
    if "/login/" in page.url:
        raise NotTaken(f"the hub refused {user} with this password")


def _addresses(page: Page, hub: str, *, review: int | None) -> Mapping[str, str]:
    """Name of the picture to address."""
    if review is None:
        page.goto(urljoin(hub, FIRST_REVIEWS))
        compare = urljoin(hub, page.get_attribute("a[data-row]", "href", timeout=5000) or "")
    else:
        compare = urljoin(hub, f"reviews/{review}/")
    page.goto(urljoin(hub, "golden/?entity_type=customer"))
    golden = page.get_attribute("a[data-row]", "href", timeout=5000) or ""
    return {
        "queue": urljoin(hub, FIRST_REVIEWS),
        "compare": compare,
        "golden": urljoin(hub, golden),
        "quarantine": urljoin(hub, "quarantine/"),
        "api": urljoin(hub, "api/v1/docs"),
    }


def _picture(page: Page, name: str, address: str) -> Path:
    """The page from its top, as tall as it is, within reason."""
    page.set_viewport_size({"width": WIDTH, "height": 900})
    page.goto(address, wait_until="networkidle")
    if name == "compare":
        page.check("#only-differences")
    if name == "api":
        page.wait_for_selector(".opblock-tag")
    # Taller windows instead of a full-page picture: what sticks to the window's edge then stays at the edge.
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": WIDTH, "height": min(height, TALLEST[name])})
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 when every picture is written."""
    parser = argparse.ArgumentParser(prog="python -m mdm.project.screenshots", description=__doc__, epilog=WHAT_TO_DO)
    parser.add_argument("--hub", default="http://127.0.0.1:8000", help="address of the running hub")
    parser.add_argument("--user", default="steward")
    parser.add_argument("--review", type=int, help="number of the review to show (default: the first of a customer)")
    options = parser.parse_args(arguments)
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        for path in take(f"{options.hub.rstrip('/')}/", user=options.user, password=_password(), review=options.review):
            sys.stdout.write(f"{path.relative_to(IMAGES.parents[1])}\n")
    except NotTaken as error:
        sys.stderr.write(f"make screenshots: FAILED, {error}.\n{WHAT_TO_DO}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
