"""The page judges by the rules of the physics, and reads its labels: its own sources, run by node."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import physics
import scanner.explore
from scanner.view.scales import scale_of
from scanner.view.styles import PALETTE

SOURCES = Path(scanner.explore.__file__).parent / "page" / "src"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not here")


def run(module, script, given):
    """What a script makes of `given` with a module of the page."""
    source = f"""
        const page = await import({json.dumps((SOURCES / module).as_uri())});
        const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
        const plain = (_key, v) => typeof v === "number" && !Number.isFinite(v) ? String(v) : v;
        console.log(JSON.stringify(({script})(page, given), plain));
    """.replace('require("node:fs")', '(await import("node:fs"))')
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", source], input=json.dumps(given), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def table():
    from scanner.explore.description import description

    return json.loads(description({}, ""))["constraints"]


def around(c):
    """Values on both sides of the ends of a constraint, and on them."""
    ends = [e for e in (c.lower, c.upper) if math.isfinite(e)]
    return [f * e for e in ends for f in (-1.0, 0.0, 0.3, 1 - 1e-12, 1.0, 1 + 1e-12, 7.0)]


def test_verdicts_likelihoods_and_factors(table):
    constraints = physics.constraints()
    given = {name: {"row": table[name], "values": around(c)} for name, c in constraints.items()}
    script = """(p, given) => Object.fromEntries(Object.entries(given).map(([name, {row, values}]) =>
        [name, values.map(v => [p.allows(row, v), p.minusTwoLnL(row, v), p.excess(row, v)])]))"""
    found = run("constraints.js", script, given)
    for name, c in constraints.items():
        allows, m2lnL, excess = (np.array(column, dtype=float) for column in zip(*found[name], strict=True))
        values = np.array(around(c))
        assert np.array_equal(allows, c.allows(values)), name
        assert np.allclose(m2lnL, c.minus_two_ln_l(values), rtol=1e-12, atol=0, equal_nan=True), name
        assert np.allclose(excess, c.excess(values), rtol=1e-12, atol=0, equal_nan=True), name


def test_the_hardest_limit_is_that_of_the_physics(table):
    point = {"m_X": 5, "g_X": 5e-3, "mass_ratio": 0.6, "q_psi": 1}
    said = physics.why("current", **point)
    excluding = [{"constraint": table[v.name], "value": v.value} for v in said.verdicts if v.excludes]
    assert len(excluding) > 2
    assert run("constraints.js", "(p, given) => p.hardest(given).constraint.name", excluding) == said.hardest
    assert run("constraints.js", "(p, given) => p.hardest(given)", []) is None


def test_a_colour_is_the_constraints_own_or_one_that_is_free(table):
    drawn = [table["cmb"], table["n_eff_2026"], {"colour": ""}, {"colour": ""}]
    found = run("constraints.js", "(p, given) => p.colours(...given)", [drawn, PALETTE])
    assert found[:2] == [table["cmb"]["colour"], table["n_eff_2026"]["colour"]]
    assert set(found[2:]) <= set(PALETTE)
    assert len({c.upper() for c in found}) == 4
    many = run("constraints.js", "(p, given) => p.colours(...given)", [[{"colour": ""}] * 20, PALETTE])
    assert many == [PALETTE[i % len(PALETTE)] for i in range(20)]


def test_every_label_is_readable():
    labels = {c.label for c in physics.constraints().values()}
    labels |= {node.label for node in physics.observables().values()}
    labels |= {p.label for p in physics.parameters().values()}
    texts = run("labels.js", "(p, given) => given.map(p.plain)", sorted(labels))
    for label, text in zip(sorted(labels), texts, strict=True):
        assert not set(text) & set("\\{}$^"), (label, text)
        if "_" in text:
            assert "$" not in label or "_" in label.split("$")[0] + label.split("$")[-1], (label, text)


@pytest.mark.parametrize(
    ("label", "runs"),
    [
        (r"$N_\mathrm{eff}$", [["N", 0, True], ["eff", -1, False]]),
        (r"$\Omega_\psi h^2 < 0.1$ (a)", [["Ω", 0, False], ["ψ", -1, False], ["h", 0, True], ["2", 1, False]]),
        ("m_X & <b>", [["m_X & <b>", 0, False]]),
        (r"$\sqrt{s}/\bar\psi$", [["√", 0, False], ["s", 0, True], ["/ψ̅", 0, False]]),
    ],
)
def test_formulae(label, runs):
    found = run("labels.js", "(p, given) => p.runs(given).map(r => [r.text, r.shift, r.italic])", label)
    assert found[: len(runs)] == runs


def test_numbers_are_readable():
    given = [0, 1e-4, -4.5e-4, 1234.5678, 1e8, 0.51, 3.0e-7]
    found = run("scale.js", "(p, given) => given.map(v => p.readable(v))", given)
    assert found == ["0", "10⁻⁴", "−4.5×10⁻⁴", "1234.57", "10⁸", "0.51", "3×10⁻⁷"]


@pytest.mark.parametrize("values", [[1e-5, 1e-2], [2, 500], [0.1, 2], [5, 20000], [1, 1.3], [-3, 4], [1e-30, 1e30]])
def test_ticks_lie_on_the_axis(values):
    script = "(p, given) => new p.Scale(given).ticks()"
    ticks = run("scale.js", script, values)
    named = [t["value"] for t in ticks if t["text"]]
    assert 2 <= len(named) <= 12
    assert min(named) >= values[0] - 1e-9 * abs(values[0])
    assert max(named) <= values[-1] * (1 + 1e-9)
    assert len(set(named)) == len(named)


def test_the_nearest_grid_point_is_that_on_the_axis():
    values = np.geomspace(1e-5, 1e-2, 7).tolist()
    positions = np.linspace(0.003, 0.998, 101)  # none half-way
    script = "(p, {values, positions}) => positions.map(u => new p.Scale(values).nearest(u))"
    found = run("scale.js", script, {"values": values, "positions": positions.tolist()})
    assert found == [int(np.abs(u - np.linspace(0, 1, 7)).argmin()) for u in positions]


def blocks():
    """Contents that LZ4 writes in different ways: runs, long literals, long copies, nothing to gain."""
    noise = np.random.default_rng(1).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    return [b"a" * 3000, noise, noise[:40] * 50, b"abcabcabd" * 100 + noise[:300] + b"\0" * 700, noise[:13], bytes(64)]


def test_lz4_gives_back_what_was_written():
    from numcodecs import LZ4

    given = [[list(LZ4().encode(content)[4:]), len(content)] for content in blocks()]
    found = run("lz4.js", "(p, given) => given.map(([b, n]) => [...p.lz4(Uint8Array.from(b), n)])", given)
    assert [bytes(content) for content in found] == blocks()


def test_lz4_stays_within_its_block():
    """What is cut, or altered, is an error or other bytes; never more, or fewer, than were asked for."""
    from numcodecs import LZ4

    content = b"abcabcabd" * 100
    written = LZ4().encode(content)[4:]
    altered = [written[:k] for k in range(len(written))]
    altered += [written[:k] + bytes([b]) + written[k + 1 :] for k in range(len(written)) for b in (0, 15, 240, 255)]
    script = """(p, given) => given.map(b => {
        try { return p.lz4(Uint8Array.from(b), 900).length } catch (error) { return error.message }
    })"""
    found = run("lz4.js", script, [list(b) for b in altered])
    assert set(found) == {900, "damaged chunk: not a block of LZ4"}
    assert set(found[: len(written)]) == {"damaged chunk: not a block of LZ4"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("mass_ratio", [0.3, 0.45, 0.499, 0.4999, 0.5, 0.5001, 0.51, 0.7, 1.0]),
        ("mass_ratio", [0.6, 0.7, 1.0]),
        ("m_X", [0.3, 0.499, 0.501, 400.0]),
        ("q_psi", [-1.0, 0.0, 2.0]),
    ],
)
def test_scales_are_those_of_plots(name, values):
    scale = scale_of(name, np.array(values))
    straight = scale.straight(values)
    found = run(
        "scale.js", "(p, given) => { const s = new p.Scale(...given); return [s.kind, s.positions]; }", [values, name]
    )
    assert found[0] == scale.kind
    assert np.allclose(found[1], (straight - straight[0]) / (straight[-1] - straight[0]), rtol=0, atol=1e-12)


def test_ticks_about_the_resonance():
    values = [0.3, 0.45, 0.499, 0.4999, 0.5, 0.5001, 0.51, 0.7, 1.0]
    ticks = run("scale.js", "(p, given) => new p.Scale(given, 'mass_ratio').ticks()", values)
    named = {t["text"]: t["value"] for t in ticks if t["text"]}
    assert named["0"] == 0.5
    assert named["+10⁻¹"] == 0.6
    assert named["−10⁻¹"] == 0.4
    assert all(0.3 - 1e-12 <= t["value"] <= 1.0 for t in ticks)
