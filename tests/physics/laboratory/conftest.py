"""A user's limit: one file."""

import pytest

MINE = """\
# label = "Mine"
# search = "e+e- -> mu+mu- X, X invisible"
# source = "arXiv:0000.00000, fig. 1"
# digitised = "myself"
# status = "from memory"
# confidence = 0.95
# sided = "one"
# power = 2
# final = "invisible"
# assumed = "all"
# holes = [[30.0, 40.0]]
m_X,g_X
10.0,1e-3
30.0,2e-3
40.0,2e-3
1000.0,4e-3
"""


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "my_limits"
    folder.mkdir()
    file = folder / "mine.csv"
    file.write_text(MINE)
    return file
