"""The table of the README's section on speed, made of what pytest-benchmark has measured: `make bench`."""

import json
import math
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- speed: made by `make bench`, not by hand -->", "<!-- end of speed -->"
HEADINGS = ("", "a second and core", "the same in plain SciPy, or VEGAS+", "ratio")


def number(value):
    """Two digits, as physicists write them.

    >>> [number(v) for v in (0.034, 2.46, 12.4, 317.0, 3.18e6)]
    ['0.034', '2.5', '12', '320', '3.2e6']
    """
    digits = float(f"{value:.1e}")
    if 1e-2 <= digits < 1e4:
        return f"{digits:.{max(1 - math.floor(math.log10(digits)), 0)}f}"
    mantissa, exponent = f"{digits:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def table(results):
    """Markdown: a row of every benchmark that has one, in the order in which they ran, and where they did.

    Raises
    ------
    ValueError
        There is none.
    """
    info = [b["extra_info"] for b in results["benchmarks"]]
    rates = [i for i in info if "row" in i]
    seconds = [i for i in info if "start" in i]
    if not rates or not seconds:
        raise ValueError("nothing measured that the table has; run tests/benchmarks/test_table.py")
    machine = results["machine_info"]
    processor = machine["cpu"].get("brand_raw", machine["machine"])
    faster = [(i["row"], i["own"], i["others"], i["peer"], i["own"] / i["others"]) for i in rates]
    lines = [
        f"Measured on {results['datetime'][:10]} at commit {results['commit_info']['id'][:12]}, "
        f"{processor}, Python {machine['python_version']}. CPU time of one core, "
        "all in the same run:",
        "",
        "| " + " | ".join(HEADINGS) + " |",
        "|---|---|---|---|",
        *(
            f"| {row} | {number(own)} | {number(others)}, {peer} | {number(ratio)} |"
            for row, own, others, peer, ratio in faster
        ),
        "",
        "| start of the command, CPU seconds | kernels to be compiled | compiled before |",
        "|---|---|---|",
        *(f"| {i['start']} | {number(i['cold'])} | {number(i['warm'])} |" for i in seconds),
    ]
    return "\n".join(lines)


def rewritten(text, content):
    """A page with other content between the markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise ValueError(f"{README.name} lacks the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{after}"


if __name__ == "__main__":
    content = table(json.loads(Path(sys.argv[1]).read_text()))
    README.write_text(rewritten(README.read_text(), content))
    print(content)
