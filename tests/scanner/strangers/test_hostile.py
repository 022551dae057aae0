"""Stores and scan files of a stranger: every command answers with a line, in bounded memory and time."""

import shutil

import pytest
from hostile import ODD, OF_SEALS, SCAN, SEALS, WRONG, check, complaints, in_forks, resealed

FILES = {
    "deep": "a = " + "[" * 100_000,
    "many digits": "a = " + "9" * 5000,
    "a null character": SCAN.replace("[store]", '[store]\npath = "a\\u0000b"'),
    "an address to write to": SCAN.replace("[store]", '[store]\npath = "s3://bucket/x.zarr"'),
    "a title with escapes": SCAN.replace("of a stranger", "\\u001b]0;owned\\u0007"),
    "a title of 1e5 characters": SCAN.replace("of a stranger", "x" * 100_000),
    "a key with escapes": SCAN + '\n[fixed]\n"\\u001b[2J" = 1\n',
    "an observable with escapes": SCAN.replace('"epsilon"', '"\\u001b[2J"'),
    "2 MB": "#" + "x" * 2_000_000,
    "blocks of 1e9 points": SCAN.replace("points_per_block = 9", "points_per_block = 1_000_000_000")
    .replace("1, 100, 6", "1, 100, 100000")
    .replace("1e-3, 6", "1e-3, 100000"),
    "1e10 blocks": SCAN.replace("points_per_block = 9", "points_per_block = 1")
    .replace("1, 100, 6", "1, 100, 100000")
    .replace("1e-3, 6", "1e-3, 100000"),
    "axes of 1e8 values": SCAN.replace("1, 100, 6", "1, 100, 100000000"),
    "a plugin": SCAN.replace("[axes]", 'plugins = ["evil.py"]\n[axes]'),
    "bytes": "\x00\x01",
}

ANY = {"others": (0, 1, 2, 3)}


@pytest.fixture
def hostile(tmp_path, finished):
    """A function that makes a folder for each change of a sound store; the files beside it must stay as they are."""

    def make(changes):
        sound = finished(SCAN, tmp_path / "sound.zarr").path
        places = {}
        for number, (name, change) in enumerate(changes.items()):
            folder = tmp_path / f"{number}"
            folder.mkdir()
            (folder / "bashrc").write_text("untouched")
            (folder / "evil.py").write_text("open('owned', 'w')")
            shutil.copytree(sound, folder / "x.zarr")
            change(folder / "x.zarr")
            places[name] = folder / "x.zarr"
        return places

    return make


def test_what_must_be_refused(tmp_path, hostile):
    """`verify` may also say what is wrong with it: it is there for that."""
    check(tmp_path, hostile(WRONG), {"verify": (2, 3), "others": (1, 2)})


def test_what_may_be_answered(tmp_path, hostile):
    check(tmp_path, hostile(ODD), ANY)


@pytest.mark.parametrize("changes", [WRONG, ODD], ids=["wrong", "odd"])
def test_what_is_sealed_again(tmp_path, hostile, changes):
    """So that it is not for its seal that it is refused."""
    check(tmp_path, hostile({name: resealed(change) for name, change in changes.items()}), ANY, OF_SEALS)


@pytest.mark.parametrize("sealed", [True, False])
def test_seals_and_logs(tmp_path, hostile, sealed):
    changes = {name: resealed(change, renew=False) for name, change in SEALS.items()} if sealed else SEALS
    check(tmp_path, hostile(changes), ANY, OF_SEALS)


def test_scan_files(tmp_path):
    (tmp_path / "evil.py").write_text("open('owned', 'w')")
    commands = []
    for number, content in enumerate(FILES.values()):
        file = tmp_path / f"{number}.toml"
        file.write_text(content)
        commands += [["plan", str(file)], ["run", str(file), "--address", "nowhere"]]
    results = in_forks(tmp_path, commands)
    names = [name for name in FILES for _ in range(2)]
    problems = [
        text
        for name, command, (code, output) in zip(names, commands, results, strict=True)
        for text in complaints(name, command[0], code, output, (2,))
    ]
    assert not problems, f"{len(problems)} problems\n" + "\n".join(problems)
    assert not list(tmp_path.rglob("owned"))
    assert not list(tmp_path.rglob("*.zarr"))
