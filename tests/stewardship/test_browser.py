"""A steward at work in a real browser, by keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from stewardship.services.reviews import Verdict, decide_review
from stewardship.services.roles import Role
from tests.builders import STEWARD
from tests.stewardship.builders import NOON, PASSWORD, a_hub, father_and_son, golden, someone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a fresh browser; whatever the console complains of fails the test."""
    context = browser.new_context(base_url=live_server.url, viewport=getattr(request, "param", None))
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def _sign_in(page: Page, role: Role) -> None:
    a_hub()
    someone(role)
    page.goto("/login/")
    page.get_by_label("Username").fill(role.lower())
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def test_a_steward_merges_with_m_and_takes_it_back_with_u(page: Page) -> None:
    _sign_in(page, Role.STEWARD)
    task, following = father_and_son(0), father_and_son(1)
    page.goto("/queue/?kind=match_review")
    for _ in range(2):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.pathname") == f"/reviews/{task.pk}/":
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reviews/{task.pk}/")

    page.keyboard.press("m")

    page.wait_for_url(f"**/reviews/{following.pk}/")
    expect(page.get_by_role("status")).to_contain_text("Merged: Heinz Lachmann")
    assert golden("crm", "C0") == golden("erp", "E0")
    page.goto(f"/golden/{golden('crm', 'C0').public_id}/")
    expect(page.get_by_role("table", name="Attributes with the source of each value")).to_contain_text("ERP E0")
    expect(page.get_by_role("region", name="Decisions")).to_contain_text("Merged")
    page.go_back()

    page.keyboard.press("u")

    expect(page.get_by_role("status")).to_contain_text("Undone. This review is open again.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Are these the same customer?")
    assert golden("crm", "C0") != golden("erp", "E0")


def test_keys_are_letters_while_typing_and_only_differences_is_remembered(page: Page) -> None:
    _sign_in(page, Role.STEWARD)
    task = father_and_son()
    page.goto(f"/reviews/{task.pk}/")

    page.get_by_label("Reason, if you like").press_sequentially("mnsud")
    assert page.url.endswith(f"/reviews/{task.pk}/")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    same = page.get_by_role("row", name="Family name")
    expect(same).to_be_visible()
    page.keyboard.press("d")
    expect(same).to_be_hidden()
    page.reload()

    expect(same).to_be_hidden()
    expect(page.get_by_role("row", name="Date of birth")).to_be_visible()


def test_a_merge_is_planned_back_and_taken_back_without_javascript(browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    _sign_in(page, Role.STEWARD)
    task = father_and_son()
    page.goto(f"/reviews/{task.pk}/")
    page.get_by_role("button", name="Merge").click()
    page.goto(f"/golden/{golden('crm', 'C0').public_id}/")

    page.get_by_role("link", name="Take back the merge").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Take this merge back?")
    page.get_by_label("Where ERP E0 goes").select_option(index=1)
    page.get_by_role("button", name="Look at it with these choices").click()
    expect(page.get_by_text("your choice")).to_be_visible()
    page.get_by_label("Where ERP E0 goes").select_option(index=0)
    page.get_by_role("button", name="Take the merge back").click()

    expect(page.get_by_role("status")).to_contain_text("The merge is taken back.")
    assert golden("crm", "C0") != golden("erp", "E0")
    context.close()


@pytest.mark.parametrize("page", [{"width": 390, "height": 800}, {"width": 1440, "height": 900}], indirect=True)
def test_no_page_is_wider_than_the_window(page: Page) -> None:
    _sign_in(page, Role.ADMIN)
    task = father_and_son()
    record = golden("crm", "C0").public_id
    twins = father_and_son(1)
    unit = decide_review(twins.pk, Verdict.MERGE, actor=STEWARD, at=NOON).unit
    for address in (
        "/",
        "/queue/",
        f"/reviews/{task.pk}/",
        "/golden/",
        f"/golden/{record}/",
        f"/golden/{record}/edit/",
        f"/decisions/{unit}/unmerge/",
        "/approvals/",
        "/quarantine/",
        "/admin/",
        "/admin/django_celery_beat/periodictask/add/",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
