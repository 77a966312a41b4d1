"""Become another program, one that is told to stop when its parent dies, however that dies.

Run as a script: `python -I -S child.py SIGNAL PARENT PROGRAM [ARGUMENT …]`. So even `kill -9` of the launcher leaves
nobody behind. A program of its own, because the wish is forgotten when the user changes, so it is made after that.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def become(signal_name: str, parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.Signals[signal_name]), 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 (no shell: the launcher names the program)


if __name__ == "__main__":
    become(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
