"""What a person reads when `.venv` cannot be made."""

import sys

import pytest

from tools import prepare


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "VENV", tmp_path / ".venv")
    (tmp_path / "requirements.txt").write_text("nothing==1\n")
    return tmp_path


def test_a_python_that_is_too_old_is_named(monkeypatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(prepare.CannotPrepare, match=r"needs Python 3\.11 or newer, and python3 is 3\.9"):
        prepare.use_a_python_that_is_new_enough()


def test_a_newer_python_on_the_path_is_used(monkeypatch) -> None:
    def become(path: str, words: list[str]) -> None:
        raise SystemExit(f"became {path} as {words[0]}")

    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/python3.12" if name == "python3.12" else None)
    monkeypatch.setattr("os.execv", become)
    with pytest.raises(SystemExit, match=r"became /usr/bin/python3\.12 as /usr/bin/python3\.12"):
        prepare.use_a_python_that_is_new_enough()


def test_nothing_is_done_when_the_lock_is_the_one_installed(elsewhere, monkeypatch) -> None:
    (elsewhere / ".venv").mkdir()
    prepare.stamp("requirements.txt").write_text(prepare.fingerprint("requirements.txt"))
    monkeypatch.setattr(prepare, "works", lambda: True)
    monkeypatch.setattr(prepare, "install", lambda _lock: pytest.fail("installed again"))
    prepare.prepare(dev=False)


def test_a_changed_lock_is_installed(elsewhere, monkeypatch) -> None:
    (elsewhere / ".venv").mkdir()
    prepare.stamp("requirements.txt").write_text("another")
    monkeypatch.setattr(prepare, "works", lambda: True)
    done = []
    monkeypatch.setattr(prepare, "install", done.append)
    prepare.prepare(dev=False)
    assert done == ["requirements.txt"]


def test_a_broken_environment_is_made_anew(elsewhere, monkeypatch) -> None:
    assert not prepare.works()
    done = []
    monkeypatch.setattr(prepare, "make_venv", lambda: done.append("made"))
    monkeypatch.setattr(prepare, "install", done.append)
    prepare.prepare(dev=False)
    assert done == ["made", "requirements.txt"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("fatal error: Python.h: No such file or directory", "a Python header is missing"),
        ("Failed: Temporary failure in name resolution", "the package index cannot be reached"),
        ("noise\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"),
        ("", "no reason given"),
    ],
)
def test_the_commonest_reasons_have_words_of_their_own(said, reason) -> None:
    sentence = prepare.why("The libraries could not be installed", said)
    assert sentence.startswith(f"The libraries could not be installed: {reason}")
    assert "\n" not in sentence


def test_a_folder_that_cannot_be_written_is_one_sentence(elsewhere, monkeypatch, capsys) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(prepare, "prepare", refuse)
    monkeypatch.setattr(sys, "argv", ["prepare.py"])
    assert prepare.main() == 1
    assert capsys.readouterr().err == "The folder .venv cannot be written: Permission denied.\n"
