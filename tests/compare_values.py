"""Compare every observable with what another version of the code gave, bit by bit.

    python tests/compare_values.py record before.json      # with the old code
    python tests/compare_values.py compare before.json     # with the new code

Each observable is evaluated at 200 random points, the same ones in every run: ten groups of 20 points that share their
choices. A file holds inputs, values and statuses, so that parameters that are newer than it have their defaults.
"""

import json
import sys

import numpy as np

import physics

POINTS, GROUPS = 20, 10
RANGES = {  # of parameters without a default, logarithmic; several: as many parts of the points
    "m_X": [(1.0, 300.0), (1e-3, 1e4)],
    "g_X": [(1e-6, 1e-1)],
    "q_psi": [(0.05, 3.0)],
    "mass_ratio": [(0.1, 3.0)],
    "m_N1": [(0.1, 1e3)],
}
FEW = {"wd_mass": (1.0, 0.6), "wd_temperature": (1e8, 3e7)}  # a star takes seconds


def numbers(name, parameter, random, n):
    """Values of a numerical parameter: about its default, or in its range."""
    if name in FEW:
        return random.choice(FEW[name], n)
    if parameter.default is not None:
        default = float(parameter.default)
        moved = default * 10 ** random.uniform(-0.2, 0.2, n) if default else random.uniform(0.0, 0.6, n)
        allowed = (moved > parameter.low) & (moved < parameter.high)
        return np.where(random.random(n) < 0.5, default, np.where(allowed, moved, default))
    spans = np.log([RANGES[name][i % len(RANGES[name])] for i in range(n)])
    values = np.exp(random.uniform(spans[:, 0], spans[:, 1]))
    if name == "mass_ratio":
        near = 0.5 + random.choice((-1, 1), n) * 10 ** random.uniform(-8, -0.5, n)
        values = np.where(random.random(n) < 0.5, near, values)
        values[-1] = np.inf
    return values


def sample(name):
    """Inputs of an observable: a list of groups, {parameter: numbers or a choice}."""
    random = np.random.default_rng(sum(name.encode()))
    groups = []
    for _ in range(GROUPS):
        group = {}
        for p in sorted(physics.observables()[name].parameters):
            parameter = physics.parameters()[p]
            group[p] = (
                str(random.choice(sorted(parameter.choices)))
                if parameter.choices
                else numbers(p, parameter, random, POINTS).tolist()
            )
        groups.append(group)
    return groups


def evaluated(name, group):
    """Value and status at the points of a group."""
    given = {p: v if isinstance(v, str) else np.array(v) for p, v in group.items()}
    value, status = physics.evaluate_with_status([name], **given)[name]
    return np.broadcast_to(value, POINTS).tolist(), np.broadcast_to(status, POINTS).tolist()


def record(path):
    """Write inputs, values and statuses of all observables."""
    rows = {name: [(g, *evaluated(name, g)) for g in sample(name)] for name in physics.observables()}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rows, file)
    print(f"{len(rows)} observables in {path}")


def compare(path):
    """Print what differs; the exit code is 1 if anything does."""
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)
    differing = 0
    for name, groups in rows.items():
        if name not in physics.observables():
            print(f"{name}: there is no such observable any more")
            differing += 1
            continue
        values, statuses, largest, where = 0, 0, 0.0, []
        for group, old, old_status in groups:
            new, status = evaluated(name, group)
            moved = [(a, b) for a, b in zip(old, new, strict=True) if repr(a) != repr(b)]
            values += len(moved)
            statuses += sum(a != b for a, b in zip(old_status, status, strict=True))
            largest = max([largest, *(abs(b / a - 1) for a, b in moved if np.isfinite(a * b) and a)])
            if moved or status != old_status:
                where.append(", ".join(f"{p} = {v}" for p, v in group.items() if isinstance(v, str)))
        if where:
            differing += 1
            print(f"{name}: {values} values differ, by up to {largest:.1e} of them; {statuses} statuses do, at")
            print(*(f"  {choices}" for choices in dict.fromkeys(where)), sep="\n")
    print(f"{len(rows) - differing} of {len(rows)} observables are bit-identical")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("record", "compare"):
        sys.exit(__doc__)
    {"record": record, "compare": compare}[sys.argv[1]](sys.argv[2])
