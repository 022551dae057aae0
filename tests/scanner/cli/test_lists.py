"""Lists, filters, JSON, `show`, and what the shell completes."""

import json
import os
import subprocess
import sys

import pytest

import physics
from scanner.cli.known import content, kinds


def listed(out):
    return [line.split()[0] for line in out.splitlines()[1:] if line and not line.startswith(" ")]


@pytest.mark.parametrize("pattern", [[], ["borexino*"]])
@pytest.mark.parametrize("what", ["observables", "parameters", "constraints", "readings", "presets"])
def test_lists_as_json_have_what_show_says(lmutau, what, pattern):
    code, out = lmutau(what, *pattern, "--json")
    if pattern and what in ("readings", "presets"):
        assert code == 2
        assert "'borexino*'; known: " in out
        return
    assert code == 0, out
    (rows,) = json.loads(out, parse_constant=pytest.fail).values()
    kind = {"readings": "readings"}.get(what, what[:-1])
    assert list(rows) == [n for n in kinds()[kind] if not pattern or n.startswith("borexino")]
    for name, row in rows.items():
        _, out = lmutau("show", name, "--kind", kind, "--json") if pattern else ("", None)
        if pattern:
            shown = json.loads(out)[kind]
            assert row == {key: shown[key] for key in row if key != "name"} | ({"name": name} if "name" in row else {})


def test_filters(lmutau):
    _, out = lmutau("observables", "--subject", "white dwarf", "--needs", "wd_mass")
    assert set(listed(out)) < {n for n, node in physics.observables().items() if node.subject == "white dwarf"}
    assert "white_dwarf_excess" in listed(out)
    _, out = lmutau("constraints", "--kind", "projection", "--json")
    rows = json.loads(out)["constraints"]
    assert rows
    assert all(row["kind"] == "projection" for row in rows.values())
    _, out = lmutau("constraints", "--observable", "delta_a_mu", "--set", "current")
    assert listed(out)[:2] == ["g2_WP2025", "(g2_World2025_WP2020)"]
    _, out = lmutau("parameters", "m_*")
    assert "m_X" in listed(out)
    assert "g_X" not in listed(out)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["observables", "foo*"], "no observable 'foo*'"),
        (["observables", "--needs", "m_x"], "no parameter 'm_x'; did you mean m_X"),
        (["observables", "--subject", "stars"], "one of dark matter, early universe"),
        (["constraints", "cmd"], "no constraint 'cmd'; did you mean cmb"),
        (["constraints", "--observable", "n_ef"], "no observable 'n_ef'; did you mean n_eff"),
        (["presets", "quik"], "no preset 'quik'; did you mean quick"),
        (["show", "boreksino_joint"], "nothing is called 'boreksino_joint'; did you mean borexino_joint"),
        (["show", "xyzzy"], "nothing is called 'xyzzy'; `lmutau show` lists all names"),
        (["show", "cmb", "--kind", "limit"], "cmb is no limit, but constraint"),
    ],
)
def test_names_that_are_not_there(lmutau, arguments, says):
    code, out = lmutau(*arguments)
    assert code == 2
    assert says in out


def test_show_knows_everything():
    for kind, names in kinds().items():
        for name in names[:: 1 + len(names) // 8]:
            row = content(kind, name)
            assert row or (kind, name) == ("readings", "2026")
            json.dumps(row)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("n_eff", ["observable n_eff", "Parameters of physics.evaluate"]),
        ("m_X", ["parameter m_X", "mass of the gauge boson X", "MeV"]),
        ("cmb", ["constraint cmb", "cmb_ratio", "Planck 2018; Slatyer 2016"]),
        ("lz", ["experiment lz", "LZ 2017", "lz_g_X_nr"]),
        ("babar_4mu", ["constraint babar_4mu", "limit babar_4mu", "213.71 MeV <= m_X"]),
        ("na64_mu", ["absent limit na64_mu"]),
        ("paper:amaral-2020", ["set paper:amaral-2020", "readings paper:amaral-2020", "g2_BNL2006"]),
        ("Slatyer 2016", ["reference Slatyer 2016", "10.1103/PhysRevD.93.023527", "@article{Slatyer:2015jla,"]),
        ("quick", ["preset quick", "mass_ratio: 12"]),
    ],
)
def test_show(lmutau, name, says):
    code, out = lmutau("show", name)
    assert code == 0
    assert not [text for text in says if text.lower() not in out.lower()], out


def test_show_lists_names(lmutau):
    _, out = lmutau("show", "--kind", "experiment")
    assert out.startswith("experiment: ")
    assert "darwin" in out
    _, out = lmutau("show", "--json")
    assert json.loads(out) == kinds()


COMPLETED = [
    (["point", "-o", "borexino_jo"], {"borexino_joint_chi2", "borexino_joint_g_X"}),
    (["point", "metallicity="], {"metallicity=GS98", "metallicity=AGSS09"}),
    (["point", "mass_r"], {"mass_ratio="}),
    (["point", "--set", "curr"], {"current"}),
    (["run", "qui"], {"quick"}),
    (["run", "mi"], {"mine.toml"}),
    (["plan", "--readings", "paper:ama"], {"paper:amaral-2020"}),
    (["status", "te"], {"test.zarr"}),
    (["verify", "folder/"], {"folder/other.zarr"}),
    (["status", "no/where/"], set()),
    (["show", "babar_4"], {"babar_4mu", "babar_4mu_g_X", "babar_4mu_r"}),
]


@pytest.mark.parametrize(("words", "completed"), COMPLETED)
def test_completion(monkeypatch, tmp_path, words, completed):
    """As the shell asks for it: through click's protocol."""
    from click.shell_completion import BashComplete

    from scanner.cli.main import cli

    for folder in ("test.zarr", "folder/other.zarr"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "mine.toml").touch()
    (tmp_path / "mine.txt").touch()
    monkeypatch.chdir(tmp_path)
    *before, incomplete = words
    found = BashComplete(cli, {}, "lmutau", "_LMUTAU_COMPLETE").get_completions(before, incomplete)
    assert {item.value for item in found} == completed


def test_the_script_that_the_documentation_names(tmp_path):
    """`_LMUTAU_COMPLETE=bash_source lmutau` prints what bash reads."""
    script = "from scanner.cli.main import main; main()"
    environment = os.environ | {"_LMUTAU_COMPLETE": "zsh_source"}  # that of bash asks for bash's version
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert "#compdef lmutau" in result.stdout
    assert "_LMUTAU_COMPLETE=zsh_complete" in result.stdout
