"""What `lmutau export --publish` writes, opened: the folder on a web server, and the file from disk."""

import pytest
from browsing import plain_server

from scanner.sharing.publish import Contents, Terms, publish


@pytest.fixture(scope="module")
def published(stores, tmp_path_factory):
    out = tmp_path_factory.mktemp("published") / "out"
    return publish(stores["many"], out, Terms(["A"]), Contents(html=True, dirty=True, unverified=True))


def test_the_page_and_the_file_show_the_same(visit, published):
    with plain_server(published) as address:
        pages = [visit(f"{address}page/"), visit((published / "many.html").as_uri())]
        pictures = [page.locator("#picture svg path").count() for page in pages]
    assert pictures[0] == pictures[1] > 5
    assert {page.title() for page in pages} == {pages[0].title()}
