"""Property tests draw the same examples in every run; `--hypothesis-profile=default` draws new ones."""

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Tables of white dwarfs go where the tests may write, and are built by them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
