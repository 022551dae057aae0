"""Functions that a loop makes."""

import inspect
import pickle
import sys

from physics.core.publish import publish


def test_a_published_function_looks_like_a_written_one():
    here = vars(sys.modules[__name__])
    made = [publish(here, f"times_{n}", ["g_X"], lambda g_X, n=n: n * g_X, f"{n} times g_X.") for n in (2, 3)]
    assert [f(g_X=5) for f in made] == [10, 15]
    assert [f.__name__ for f in made] == ["times_2", "times_3"]
    assert inspect.getdoc(made[1]) == "3 times g_X."
    assert list(inspect.signature(made[0]).parameters) == ["g_X"]
    assert here["times_3"] is made[1]
    assert made[1].__module__ == __name__
    assert pickle.loads(pickle.dumps(made[1])) is made[1]
