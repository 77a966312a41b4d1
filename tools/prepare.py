"""Make `.venv` what the lock file says. Run by every `make` target, with whatever Python is there; needs nothing else.

Does nothing when the lock is the one that was installed last. `--dev` adds the tools for `make test` and `make check`.
Written so that a Python too old for VaultPay can still read it and say so.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


class CannotPrepare(Exception):
    """The message is one sentence for a person."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--dev", action="store_true")
    dev = asked.parse_args().dev
    try:
        use_a_python_that_is_new_enough()
        prepare(dev=dev)
    except CannotPrepare as sentence:
        print(sentence, file=sys.stderr)
        return 1
    except OSError as error:
        print("The folder .venv cannot be written: {}.".format(error.strerror), file=sys.stderr)  # noqa: UP032 (see the docstring)
        return 1
    return 0


def use_a_python_that_is_new_enough() -> None:
    """Becomes a newer Python from the PATH when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        newer = shutil.which("python3.{}".format(minor))  # noqa: UP032 (see the docstring)
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 (a Python of this machine, no shell)
    raise CannotPrepare(
        "VaultPay needs Python {}.{} or newer, and python3 is {}.{}; set PYTHON=/path/to/a/newer/python3.".format(
            *OLDEST, *sys.version_info[:2]
        )
    )


def prepare(*, dev: bool) -> None:
    locks = ["requirements.txt", *(["requirements-dev.txt"] if dev else [])]
    missing = [lock for lock in locks if not installed(lock)]
    if not missing and works():
        return
    if not works():
        make_venv()
        missing = locks
    for lock in missing:
        install(lock)


def works() -> bool:
    """Whether the environment's Python still starts: the one it was made from may have been upgraded away."""
    try:
        asked = [str(VENV / "bin/python"), "-I", "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    print("Making .venv …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    said = made.stdout + made.stderr
    if "ensurepip" in said or "No module named venv" in said:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise CannotPrepare(f"Python's venv module is missing: install it first (on Debian: apt-get install {name}).")
    raise CannotPrepare(why("The folder .venv could not be made", said))


def install(lock: str) -> None:
    """Exactly the locked files, each checked by its hash; nothing is looked up beyond them."""
    print(f"Installing {lock} …", flush=True)
    done = subprocess.run(
        [VENV / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
         "--no-deps", "--require-hashes", "-r", ROOT / lock],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotPrepare(why(f"The libraries in {lock} could not be installed", done.stdout + done.stderr))
    stamp(lock).write_text(fingerprint(lock))


def installed(lock: str) -> bool:
    try:
        return stamp(lock).read_text() == fingerprint(lock)
    except OSError:
        return False


def stamp(lock: str) -> Path:
    return VENV / f".installed-{lock}"


def fingerprint(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def why(what: str, said: str) -> str:
    """One sentence: the commonest reasons in our words, anything else as the tool's last line of error."""
    if "No space left on device" in said:
        return f"{what}: the disk is full."
    if "Python.h" in said:
        return f"{what}: a Python header is missing (on Debian: apt-get install python3-dev)."
    if "Temporary failure in name resolution" in said or "NewConnectionError" in said:
        return f"{what}: the package index cannot be reached."
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return f"{what}: {(errors or lines or ['no reason given'])[0]}"


if __name__ == "__main__":
    sys.exit(main())
