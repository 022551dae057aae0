"""What is said of a block."""

import numpy as np
import pytest

from physics import Status
from scanner.execution.record import counts_of

CODES = [int(code) for code in Status]


@pytest.mark.parametrize("codes", [CODES, [1], [1, 2], [255], [3, 4], []])
def test_counts(codes):
    status = np.random.default_rng(1).choice(np.array(codes or [0], dtype=np.uint8), size=(3, 40, len(codes)))
    numbers = np.bincount(status.ravel(), minlength=256)
    assert counts_of(status) == {code: numbers[code] for code in CODES if numbers[code]}
    assert list(counts_of(status)) == sorted(counts_of(status))
