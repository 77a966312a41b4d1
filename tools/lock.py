"""Choose the versions of all libraries anew from pyproject.toml, and write them down with their hashes.

`requirements.txt` is what runs; `requirements-dev.txt` is that and the tools, in the same versions. Both serve every
platform and every Python that VaultPay supports.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
_COMPILE: Final = [
    sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--upgrade",
    "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-find-links", "pyproject.toml",
]  # fmt: skip


def main() -> int:
    for words in (
        ["-o", "requirements.txt"],
        ["--group", "dev", "--constraint", "requirements.txt", "-o", "requirements-dev.txt"],
    ):
        done = subprocess.run([*_COMPILE, *words], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
