"""What machine this is, what it is busy with, and what each process of the house has used of it."""

import hashlib
import os
import platform
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, Any]:
    """`is` stays the same between runs on one machine and no longer."""
    cpu = next((line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if "model name" in line), "unknown")
    memory = next((int(line.split()[1]) // 1024 for line in _lines("/proc/meminfo") if "MemTotal" in line), 0)
    facts = {
        "processor": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": memory,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
    name = hashlib.sha256(f"{platform.node()}{facts}".encode()).hexdigest()[:12]
    return {"is": name, **facts, "load_before": [round(load, 2) for load in os.getloadavg()]}


def cpu_seconds(process_id: int) -> float:
    """What a process and all below it have used so far, those included that have ended."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
            # utime, stime, and those of children that were waited for
            used[int(folder.name)] = sum(int(value) for value in fields[11:15]) / _TICKS
    waiting, total = [process_id], 0.0
    while waiting:
        one = waiting.pop()
        total += used.get(one, 0.0)
        waiting += parents.get(one, [])
    return total


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text().splitlines()
    except OSError:
        return []
