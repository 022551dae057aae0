"""S as polynomials in ln x, against S itself."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic.breit_wigner import average, pressure_average
from physics.dark_matter.relic.rate_tables import average_table, averages


@pytest.mark.parametrize(("d", "w"), [(2e-5, 2e-8), (-0.1, 1e-8), (0.5, 1e-6), (-1e-8, 1e-10), (3.0, 0.1)])
def test_tables_of_averages(d, w):
    couplings, y_f = np.ones(1), np.zeros(1)
    edges, panels = average_table(4.0, 1e10, d, w, couplings, y_f, 0.0, True, 1e-7)
    for x in np.geomspace(4.0, 1e10, 400):
        log_S, ratio = averages(math.log(x), edges, panels)
        assert log_S == pytest.approx(math.log(average(x, d, w, 0.0)), abs=1e-6)
        assert ratio == pytest.approx(pressure_average(x, d, w, 0.0) / average(x, d, w, 0.0), abs=1e-6)
