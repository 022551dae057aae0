"""Debian's Chromium, driven by Playwright, and stores for it to open."""

import pytest
from browsing import CHROMIUM, LARGE_CHUNKS, MANY_BLOCKS, computed, explored


@pytest.fixture(scope="session")
def stores(tmp_path_factory):
    """Finished stores: many blocks, large chunks."""
    folder = tmp_path_factory.mktemp("stores")
    return {name: computed(folder, name, text).path for name, text in (("many", MANY_BLOCKS), ("large", LARGE_CHUNKS))}


@pytest.fixture(scope="session")
def many(stores):
    with explored(stores["many"]) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """The browser; tests are skipped where it, or Playwright, is not here."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not here: apt-get install chromium")
    why = "Playwright is not here: pip install 'lmutau[browser]'"
    with pytest.importorskip("playwright.sync_api", reason=why).sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open a page, and wait until it has drawn; what it complains of fails the test, unless it should."""
    contexts, complaints = [], []

    def open_page(address, ready=True, **options):
        settings = {"viewport": {"width": 1400, "height": 900}, "accept_downloads": True, "bypass_csp": True, **options}
        context = chromium.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(address)
        page.locator("#main[aria-busy=false]" if ready else "#error:not([hidden])").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
