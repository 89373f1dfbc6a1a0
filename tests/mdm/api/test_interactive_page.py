import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(
    live_server: LiveServer, browser: Browser
) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    addresses: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))

    page.goto(f"{live_server.url}/api/v1/docs")
    page.locator("#operations-tag-Customers").click()
    page.locator("#operations-Customers-get_customer").click()

    page.locator("#operations-Customers-get_customer .parameters").first.wait_for()  # raises unless it is seen in time
    assert complaints == []
    assert all(address.startswith((live_server.url, "data:", "blob:")) for address in addresses)
    page.close()
