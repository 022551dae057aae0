"""What tests of several rooms share."""

import pytest


@pytest.fixture
def spoiled():
    """A text in which something, which must be there, is replaced once."""

    def spoil(text, old, new):
        assert old in text
        return text.replace(old, new, 1)

    return spoil
