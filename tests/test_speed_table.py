"""The README's table of speeds is what tests/benchmarks/table.py writes, and nobody else."""

import re
from pathlib import Path

import pytest
from table import BEGIN, END, HEADINGS, number, rewritten, table

README = (Path(__file__).parent.parent / "README.md").read_text()
RESULTS = {
    "datetime": "2026-01-02T03:04:05+00:00",
    "commit_info": {"id": "0123456789abcdef"},
    "machine_info": {"cpu": {"brand_raw": "a processor"}, "machine": "x86_64", "python_version": "3.12.1"},
    "benchmarks": [
        {"extra_info": {"row": "freeze-out", "own": 3.18e6, "peer": "`quad`", "others": 12.4}},
        {"extra_info": {"points_per_s": 1.0}},
        {"extra_info": {"start": "`lmutau --help`", "cold": 0.317, "warm": 0.25}},
    ],
}


def of_readme():
    return README.partition(BEGIN)[2].partition(END)[0]


def test_rows_come_from_what_was_measured():
    made = table(RESULTS)
    assert "| freeze-out | 3.2e6 | 12, `quad` | 2.6e5 |" in made
    assert "| `lmutau --help` | 0.32 | 0.25 |" in made
    assert "2026-01-02 at commit 0123456789ab, a processor, Python 3.12.1" in made


@pytest.mark.parametrize("key", ["row", "start"])
def test_nothing_is_written_of_a_run_without_its_rows(key):
    left = [b for b in RESULTS["benchmarks"] if key not in b["extra_info"]]
    with pytest.raises(ValueError, match="nothing measured"):
        table({**RESULTS, "benchmarks": left})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0341, "0.034"),
        (0.25, "0.25"),
        (2.46, "2.5"),
        (9.96, "10"),
        (317.0, "320"),
        (9990.0, "1.0e4"),
        (3.18e6, "3.2e6"),
    ],
)
def test_numbers_have_two_digits(value, text):
    assert number(value) == text


def test_the_rest_of_the_page_stays():
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert rewritten(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert rewritten(rewritten(page, "new"), "old") == rewritten(page, "old")
    with pytest.raises(ValueError, match="lacks the lines"):
        rewritten("a page without markers", "new")


def test_the_readme_has_a_table_with_peers_and_starts():
    """Each ratio is that of its row, to the digits printed; the machine and the commit are named."""
    made = of_readme()
    assert re.search(r"Measured on \d{4}-\d\d-\d\d at commit [0-9a-f]{12}, .+, Python 3\.\d+\.\d+", made)
    assert "| " + " | ".join(HEADINGS) + " |" in made
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in made.splitlines() if line.startswith("| ")
    ]
    rates = [row for row in rows if len(row) == 4 and row[0]]
    starts = [row for row in rows if len(row) == 3][1:]
    for _, own, others, ratio in rates:
        assert float(own) / float(others.partition(",")[0]) == pytest.approx(float(ratio), rel=0.2)
    for peer in ("nested `quad`", "VEGAS+", "Radau", "DOP853"):
        assert any(peer in row[2] for row in rates), peer
    for what in ("N_eff", "scatters off itself", "Borexino", "COHERENT", "LZ"):
        assert any(what in row[0] for row in rates), what
    assert len(starts) >= 3
    assert all(float(cold) >= float(warm) > 0 for _, cold, warm in starts)
