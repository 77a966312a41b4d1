"""Forget the sandbox: databases, keys, demo people, logs. Never touches an instance that runs, nor a live one."""

import fcntl
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    if os.environ.get("VAULTPAY_MODE") == "live":
        print("A live instance is never reset.", file=sys.stderr)
        return 1
    state = Path(os.environ.get("VAULTPAY_STATE_DIR") or ROOT / ".vaultpay")
    if not state.exists():
        print("There is nothing to forget.")
        return 0
    if not (state / "lock").exists():
        print(f"{state} does not look like a state folder of VaultPay, so it was left alone.", file=sys.stderr)
        return 1
    if runs(state / "lock"):
        print("VaultPay is running from there: stop it first.", file=sys.stderr)
        return 1
    try:
        shutil.rmtree(state)
    except OSError as error:
        print(f"{error.filename} could not be removed: {error.strerror}.", file=sys.stderr)
        return 1
    print(f"Forgotten: {state}")
    return 0


def runs(lock: Path) -> bool:
    with lock.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


if __name__ == "__main__":
    sys.exit(main())
