"""What the page knows of the physics is what the physics says."""

import json
import math

import pytest

import physics
from physics.inference import sets
from physics.laboratory.accelerators import limits
from scanner.explore.description import description
from scanner.view.styles import PALETTE


@pytest.fixture
def described(store):
    return json.loads(description(store.group.attrs.asdict(), "small.zarr"))


def test_constraints_are_all_and_as_they_are(described):
    assert set(described["constraints"]) == set(physics.constraints())
    for name, c in physics.constraints().items():
        row = described["constraints"][name]
        for key in (
            "observable",
            "kind",
            "label",
            "colour",
            "likelihood",
            "sided",
            "reference",
            "silent_outside",
            "target",
        ):
            assert row[key] == getattr(c, key), (name, key)
        for end in ("lower", "upper"):
            value = getattr(c, end)
            assert row[end] == (value if math.isfinite(value) else None)
        assert (row["interval"], row["level"]) == (c.interval, c.level)


def test_sets_have_their_members_and_absentees(described):
    assert list(described["sets"]) == list(sets())
    for name, chosen in sets().items():
        assert described["sets"][name]["constraints"] == list(chosen.constraints)
        assert described["sets"][name]["beside"] == list(chosen.beside)
        assert described["sets"][name]["absent"] == dict(chosen.absent)


def test_published_limits_are_those_of_the_physics(described):
    published = {row["name"]: row for row in described["limits"]}
    assert set(published) == set(limits())
    for name, row in published.items():
        points = [(m, g) for m, g in row["points"] if g is not None]
        masses = [m for m, _ in points]
        direct = physics.evaluate(f"{name}_g_X", m_X=masses, mass_ratio=None, q_psi=1)
        assert [g for _, g in points] == direct.tolist()
    low, high = limits()["babar_4mu"].holes[0]
    masses = [(m, g is None) for m, g in published["babar_4mu"]["points"]]
    assert masses[masses.index((low, True)) + 1] == (high, False)  # interrupted between the edges of the hole


def test_limits_that_vary_with_an_axis_are_left_out(store):
    attributes = store.group.attrs.asdict()
    scan = json.loads(attributes["scan_file"])
    scan["axes"]["kinetic_mixing"] = {"values": ["photon", "hypercharge"]}
    assert json.loads(description({**attributes, "scan_file": json.dumps(scan)}, ""))["limits"] == []


def test_nothing_in_it_can_end_the_script(store, registry):
    physics.constraint(
        physics.Constraint("evil", "delta_a_mu", "limit", "</script><script>alert(1)</script>", "a paper", upper=1.0)
    )
    text = description(store.group.attrs.asdict(), "</script>")
    assert "<" not in text
    assert json.loads(text)["constraints"]["evil"]["label"] == "</script><script>alert(1)</script>"


def test_palettes(described):
    assert tuple(described["palette"]) == PALETTE
    assert len(described["viridis"]) == 256
    assert described["viridis"][0] == "#440154"
