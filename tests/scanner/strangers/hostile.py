"""What a stranger may do to a store or scan file, and how commands are run on it, in bounded memory and time.

Each of WRONG changes a sound store so that it must be refused; each of ODD so that some commands may still answer.
"""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numcodecs
import zarr

from scanner.store import seal
from scanner.store.runlog import append, log_of, seal_of_log

SCAN = """
[scan]
title = "of a stranger"
observables = ["delta_a_mu", "epsilon"]

[axes]
m_X = { geomspace = [1, 100, 6] }
g_X = { geomspace = [1e-5, 1e-3, 6] }
kinetic_mixing = { values = ["photon", "hypercharge"] }

[store]
points_per_block = 9

[plot]
x = "m_X"
y = "g_X"
observable = "delta_a_mu"
constraints = ["g2_FNAL2021"]
"""

COMMANDS = {
    "status": ["status"],
    "summary": ["summary"],
    "plot": ["plot", "--output", "picture.png"],
    "cite": ["cite"],
    "verify": ["verify", "--points", "3"],
    "run": ["run", "--address", "nowhere"],
}
OF_SEALS = {
    "verify": ["verify", "--points", "3"],
    "run": ["run", "--address", "nowhere"],
    "repair": ["repair", "--points", "3"],
    "status": ["status"],
}
TRACES = ("Traceback", "BUG", "Error in sys.excepthook")


def edited(path, change, inside=""):
    """Change a zarr.json as a document; what is consolidated in the store's own, too."""
    file = path / inside / "zarr.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    if inside:
        edited(path, lambda root: root["consolidated_metadata"]["metadata"].__setitem__(inside, document))


def attribute(key, value):
    return lambda path: edited(path, lambda d: d["attributes"].__setitem__(key, value))


def nested(key, change):
    """Change an attribute that is JSON."""

    def apply(path):
        def of(document):
            content = json.loads(document["attributes"][key])
            changed = change(content)
            document["attributes"][key] = json.dumps(content if changed is None else changed)

        edited(path, of)

    return apply


def of_array(change, names=("m_X", "delta_a_mu", "epsilon")):
    def apply(path):
        for name in names:
            edited(path, change, name)

    return apply


def family(**changes):
    return nested("families", lambda rows: rows[0].update(changes))


def replaced(inside, make):
    """Put something else in the place of a file or folder."""

    def apply(path):
        target = path / inside
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        make(target)

    return apply


def text(content):
    return replaced("zarr.json", lambda file: file.write_text(content))


def codec(name, **configuration):
    return of_array(lambda d: d.__setitem__("codecs", [{"name": name, "configuration": configuration}]))


def version_2(path):
    """The old format, whose filters may be pickles: they would run code."""
    shutil.copy(path / "zarr.json", path / ".zattrs")
    document = json.loads((path / "zarr.json").read_text())
    (path / ".zattrs").write_text(json.dumps(document["attributes"]))
    (path / ".zgroup").write_text('{"zarr_format": 2}')
    (path / "zarr.json").unlink()
    payload = b"cposix\nsystem\n(S'touch owned'\ntR."
    for array in ("m_X", "delta_a_mu"):
        shutil.rmtree(path / array)
        (path / array).mkdir()
        meta = {"zarr_format": 2, "shape": [6], "chunks": [6], "dtype": "<f8", "fill_value": 0, "order": "C"}
        (path / array / ".zarray").write_text(json.dumps({**meta, "filters": None, "compressor": {"id": "pickle"}}))
        (path / array / "0").write_bytes(payload)


def consolidated(change):
    return lambda path: edited(path, lambda d: change(d["consolidated_metadata"]["metadata"]))


HUGE = 10**10
WRONG = {
    "no JSON": text("{"),
    "a list": text("[]"),
    "empty": text(""),
    "deep": text('{"a":' * 100_000),
    "many digits": text('{"zarr_format": ' + "9" * 5000 + "}"),
    "20 MB of metadata": text(" " * 20_000_000),
    "a pipe": replaced("zarr.json", os.mkfifo),
    "a link to a device": replaced("zarr.json", lambda f: f.symlink_to("/dev/zero")),
    "a link to a file": replaced("zarr.json", lambda f: f.symlink_to("/etc/hostname")),
    "a folder": replaced("zarr.json", lambda f: f.mkdir()),
    "the old format": version_2,
    "a member outside": consolidated(lambda m: m.__setitem__("../other", m["m_X"])),
    "a member with escapes": consolidated(lambda m: m.__setitem__("\x1b[2J", m["m_X"])),
    "a codec that nobody knows": codec("os.system"),
    "a codec of numcodecs": codec("numcodecs.pickle"),
    "gzip": codec("gzip", level=1),
    "a shard of pickles": codec(
        "sharding_indexed", chunk_shape=[1], codecs=[{"name": "numcodecs.pickle"}], index_codecs=[{"name": "bytes"}]
    ),
    "storage transformers": of_array(lambda d: d.__setitem__("storage_transformers", [{"name": "x"}])),
    "an object type": of_array(lambda d: d.__setitem__("data_type", "variable_length_bytes")),
    "a huge axis": of_array(lambda d: d.update(shape=[HUGE]), ["m_X"]),
    "huge chunks": of_array(
        lambda d: d["chunk_grid"]["configuration"].update(chunk_shape=[HUGE, HUGE]), ["delta_a_mu"]
    ),
    "1e20 chunks": of_array(lambda d: d.update(shape=[HUGE, HUGE]), ["delta_a_mu"]),
    "a negative shape": of_array(lambda d: d.update(shape=[-6]), ["m_X"]),
    "a shape of words": of_array(lambda d: d.update(shape=["6"]), ["m_X"]),
    "chunks of no size": of_array(lambda d: d["chunk_grid"]["configuration"].update(chunk_shape=[0]), ["m_X"]),
    "no shape": of_array(lambda d: d.pop("shape"), ["m_X"]),
    "another number of axes": of_array(lambda d: d.update(shape=[6, 6, 6]), ["delta_a_mu"]),
    "no attributes": lambda path: edited(path, lambda d: d.__setitem__("attributes", {})),
    "another schema": attribute("schema", "\x1b]0;owned\x07"),
    "a title of 1e6 characters": nested("scan_file", lambda s: s["scan"].update(title="x" * 1_000_000)),
    "a title with escapes": nested("scan_file", lambda s: s["scan"].update(title="\x1b]0;owned\x07")),
    "no scan": nested("scan_file", lambda s: s.pop("scan")),
    "axes that are a list": nested("scan_file", lambda s: s.update(axes=["m_X"])),
    "an observable with escapes": nested("scan_file", lambda s: s["scan"]["observables"].append("\x1b[2J")),
    "bound to a list": nested("scan_file", lambda s: s.update(bound={"m_X": ["epsilon"]})),
    "families cut short": attribute("families", '[{"dims": ["m_X"'),
    "families that are none": attribute("families", "[1, 2]"),
    "families deep": attribute("families", "[" * 100_000),
    "1e20 blocks": family(shape=[HUGE, HUGE], block=[1, 1], chunk=[1, 1]),
    "blocks of 1e20 points": family(shape=[HUGE, HUGE], block=[HUGE, HUGE], chunk=[HUGE, HUGE]),
    "blocks of no size": family(block=[0, 0]),
    "blocks of halves": family(chunk=[2, 2]),
    "an axis named by a path": family(dims=["../../m_X", "g_X"]),
    "the plan is a number": attribute("plan", "1"),
    "versions are words": attribute("versions", "none"),
    "plugins are a list": attribute("plugins", "[]"),
    "references are a number": attribute("references", 5),
    "the state is a list": attribute("state", ["complete"]),
    "the id is long": attribute("id", "x" * 10_000),
}


def statuses(path):
    """The array of the statuses of delta_a_mu."""
    return json.loads((path / "delta_a_mu" / "zarr.json").read_text())["attributes"]["ancillary_variables"]


def chunk(array, make):
    """Replace the first chunk of an array."""

    def apply(path):
        name = array if isinstance(array, str) else array(path)
        file = sorted(f for f in (path / name / "c").rglob("*") if f.is_file())[0]
        content = file.read_bytes()
        file.unlink()
        make(file, content)
        path.with_name(path.name + ".log.jsonl").unlink(missing_ok=True)

    return apply


def bomb(file, _):
    """A gigabyte of zeros, in a chunk that says it has 18 bytes."""
    file.write_bytes(numcodecs.Blosc("zstd", 9).encode(bytes(2**30)) + b"\0\0\0\0")


def zstd_bomb(file, _):
    file.write_bytes(numcodecs.Zstd(9).encode(bytes(2**30)))


def sparse(file, _):
    with file.open("wb") as stream:
        stream.truncate(10**12)


def log(*lines):
    def apply(path):
        own = json.loads((path / "zarr.json").read_text())["attributes"]["id"]
        path.with_name(path.name + ".log.jsonl").write_text("\n".join(lines).replace("OWN", own) + "\n")

    return apply


def record(**changes):
    return json.dumps({"store": "OWN", "family": "m_X_g_X", "index": [0, 0], "points": 9, **changes})


ODD = {
    "an axis cut short": chunk("m_X", lambda f, content: f.write_bytes(content[:-3])),
    "an axis of noise": chunk("m_X", lambda f, _: f.write_bytes(b"\xff" * 100)),
    "an axis that is a pipe": chunk("m_X", lambda f, _: os.mkfifo(f)),
    "an axis that is a bomb": chunk("m_X", zstd_bomb),
    "names that are a bomb": chunk("kinetic_mixing", zstd_bomb),
    "1e9 names": chunk("kinetic_mixing", lambda f, _: f.write_bytes(numcodecs.Zstd().encode(struct.pack("<I", 10**9)))),
    "statuses that are a bomb": chunk(statuses, bomb),
    "statuses of 1e12 bytes": chunk(statuses, sparse),
    "statuses that are a link": chunk(statuses, lambda f, _: f.symlink_to("/dev/zero")),
    "values that are a bomb": chunk("delta_a_mu", bomb),
    "values that are a pipe": chunk("delta_a_mu", lambda f, _: os.mkfifo(f)),
    "statuses that are none": lambda path: zarr.open_array(path / statuses(path)).__setitem__(..., 99),
    "an array elsewhere": replaced("delta_a_mu/c", lambda f: f.symlink_to("/tmp")),
    "stray files": lambda path: [
        (path / statuses(path) / "c" / "0").joinpath(n).write_text("x") for n in ("7", "999999", "note.txt")
    ],
    "stray folders": lambda path: (
        (path / statuses(path) / "c" / "not a number").mkdir()
        or (path / statuses(path) / "c" / "not a number" / "3").write_text("x")
    ),
    "an array less": replaced("m_X", lambda f: None),
    "an observable less": consolidated(lambda m: m.pop("delta_a_mu")),
    "other dimension names": of_array(lambda d: d.update(dimension_names=["g_X", "g_X"]), ["delta_a_mu"]),
    "a unit that is a time": of_array(lambda d: d["attributes"].update(units="days since 1e99"), ["delta_a_mu"]),
    "a scale factor of words": of_array(lambda d: d["attributes"].update(scale_factor="x"), ["delta_a_mu"]),
    "a label of 1e6 characters": of_array(lambda d: d["attributes"].update(label="$x$" * 300_000), ["delta_a_mu"]),
    "a label that is no formula": of_array(lambda d: d["attributes"].update(label="$\\frac{$"), ["delta_a_mu"]),
    "parameters held by a list": of_array(lambda d: d["attributes"].update(held_parameters="[1]"), ["delta_a_mu"]),
    "parameters held by noise": of_array(lambda d: d["attributes"].update(held_parameters="{"), ["delta_a_mu"]),
    "bound to nothing": of_array(lambda d: d["attributes"].update(held_parameters='{"q": {}}'), ["delta_a_mu"]),
    "a title of 1e4 parameters": of_array(
        lambda d: d["attributes"].update(held_parameters=json.dumps({f"p{i}": 1.0 for i in range(10_000)})),
        ["delta_a_mu"],
    ),
    "no statuses": of_array(lambda d: d["attributes"].update(ancillary_variables="none"), ["delta_a_mu"]),
    "statuses of others": of_array(lambda d: d["attributes"].update(ancillary_variables="m_X"), ["delta_a_mu"]),
    "no names of statuses": consolidated(lambda m: m.pop("observable_m_X_g_X", None)),
    "a log of noise": log("\x1b[2J", "[1]", "5", "null", "[" * 50_000, '{"store": 7}', "9" * 5000, ""),
    "a log of words": log(record(points="many"), record(seconds=None), record(messages=[1]), record(index="x")),
    "counts that are none": log(record(counts={"999": 1}), record(counts={"1": -5}), record(counts=[1])),
    "a log that is a link": lambda path: path.with_name(path.name + ".log.jsonl").symlink_to(path.parent / "bashrc"),
    "a log that is a pipe": lambda path: os.mkfifo(path.with_name(path.name + ".log.jsonl")),
    "a plugin": nested("scan_file", lambda s: s["scan"].update(plugins=["evil.py"])),
    "a place elsewhere": nested("scan_file", lambda s: s["store"].update(path="../../outside.zarr")),
}


def resealed(change, renew=True):
    """A change that its author has sealed again, as far as there is anything to seal: digests are no signature."""

    def apply(path):
        change(path)
        try:
            document = json.loads(seal.read_plain(path / "zarr.json"))
            if renew:
                digests, log = seal.node_digests(path, seal.nodes(path)), seal_of_log(log_of(path))
                document["attributes"] |= {"sealed_metadata": json.dumps(digests), "sealed_log": json.dumps(log)}
            (path / "zarr.json").write_bytes(seal.sealed(document, "seal"))
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return

    return apply


def logged(**changes):
    """A log whose copy of the store's metadata has other attributes, beside a store that has none."""

    def apply(path):
        root = json.loads((path / "zarr.json").read_text())
        root["attributes"] |= changes
        file = log_of(path)
        file.unlink(missing_ok=True)
        append(file, {"store": root["attributes"]["id"], "root": root})
        (path / "zarr.json").write_text("{")

    return apply


OUTSIDE = json.dumps({"../other": "0" * 64, "m_X": "0" * 64})
SEALS = {
    "digests of files outside": attribute("sealed_metadata", OUTSIDE),
    "digests that are a list": attribute("sealed_metadata", "[1]"),
    "digests that are noise": attribute("sealed_metadata", "{"),
    "no digests": lambda path: edited(path, lambda d: d["attributes"].pop("sealed_metadata")),
    "no digest of the log": lambda path: edited(path, lambda d: d["attributes"].pop("sealed_log")),
    "a log of words": attribute("sealed_log", '{"bytes": "many", "sha256": 1, "first_line": []}'),
    "a log of -1 bytes": attribute("sealed_log", '{"bytes": -1, "sha256": "", "first_line": ""}'),
    "no log": attribute("sealed_log", "null"),
    "copies outside": consolidated(lambda m: m.__setitem__("../other", m["m_X"])),
    "copies that are words": consolidated(lambda m: m.__setitem__("m_X", "x")),
    "an array that is deep": replaced("m_X/zarr.json", lambda f: f.write_text('{"a":' * 100_000)),
    "an array that is a pipe": replaced("m_X/zarr.json", os.mkfifo),
    "an array of 20 MB": replaced("m_X/zarr.json", lambda f: f.write_text(" " * 20_000_000)),
    "an array of 1e12 bytes": replaced("m_X/zarr.json", lambda f: sparse(f, b"")),
    "a store of 1e12 bytes": replaced("zarr.json", lambda f: sparse(f, b"")),
    "a log of 1e12 bytes": lambda path: sparse(log_of(path), b""),
    "a family with more": family(more=1),
    "a logged store with files outside": logged(sealed_metadata=OUTSIDE),
    "a logged store without digests": logged(sealed_metadata=None),
    "a logged store without a state": logged(state=None),
    "a logged store of another schema": logged(schema="\x1b[2J"),
    "logged roots that are none": lambda path: (
        [append(log_of(path), {"root": r}) for r in ({}, [], 5, "x")] and (path / "zarr.json").write_text("{")
    ),
    "records that are none": lambda path: (
        [append(log_of(path), {"record": r, "content": c}) for r, c in (("runs/x", 5), ("../x", {}), (5, None))]
        and (path / "runs" / "x").mkdir()
        and (path / "runs" / "x" / "zarr.json").write_text("{")
    ),
}


def in_forks(folder, commands):
    """Exit code and output of command lines."""
    list_of = folder / "commands.json"
    list_of.write_text(json.dumps(commands))
    runner = Path(__file__).with_name("in_forks.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, runner, list_of], capture_output=True, text=True, check=True, cwd=folder, env=environment
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def complaints(name, command, code, output, codes):
    said = f"{name}, {command}: exit code {code}: {output[-1500:]!r}"
    if code not in codes or any(trace in output for trace in TRACES) or not output.strip():
        yield said
    elif re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", output) or len(output) > 50_000:
        yield f"control characters, or too many: {said}"


def check(tmp_path, places, codes, of=COMMANDS):
    """Run commands on stores; `codes` are the exit codes that are right, by command where they differ."""
    commands = [(name, command) for name in places for command in of]
    results = in_forks(tmp_path, [[*of[c][:1], str(places[n]), *of[c][1:]] for n, c in commands])
    problems = [
        text
        for (name, command), (code, output) in zip(commands, results, strict=True)
        for text in complaints(name, command, code, output, codes.get(command, codes["others"]))
    ]
    assert not problems, f"{len(problems)} problems\n" + "\n".join(problems)
    expected = {"bashrc", "evil.py", "x.zarr", "x.zarr.log.jsonl", "x.zarr.png"}
    for path in places.values():
        assert {entry.name for entry in path.parent.iterdir()} <= expected
    assert not list(tmp_path.rglob("owned"))
    assert not list(tmp_path.rglob("outside.zarr"))
    assert {path.with_name("bashrc").read_text() for path in places.values()} == {"untouched"}
