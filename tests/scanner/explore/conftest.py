"""A store that is served."""

import pytest
from explored import serving

from scanner.explore.sources import Folder


@pytest.fixture
def served(store):
    """A server of the small store."""
    with serving(Folder(store.path)) as server:
        yield server
