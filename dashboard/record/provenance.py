"""Says where an experiment comes from: command, versions, machine, and the state of the code.

One entry for each launcher that trained it, among the settings of its record. Everything that
cannot be found out is left out; nothing here takes longer than GIT_TIMEOUT_S.
"""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.program import ROOT

VERSION = "0.1"
"""Ours. It says less than the commit, but is there without one."""
PACKAGES = ("torch", "torchvision", "numpy", "visdom")
KEY = "launch "
"""Begins the key of the setting that keeps an entry; then comes when, in nanoseconds."""
GIT_TIMEOUT_S = 2.0
ALERT = "--al"
"""Begins the flag whose value may be secret, as far as it may be left away."""
MOST_FILES = 20  # of those that were changed, named


def provenance(
    command: Sequence[str], devices: Sequence[str] = (), threads: int = 0
) -> dict[str, Any]:
    """Where what is launched now comes from, as JSON values.

    command: the words behind launch.py. devices: what the runs are trained on. threads: of the CPU,
    with which each run begins that was not trained before.
    """
    return {
        "time_s": time.time(),
        "command": public(command),
        "versions": versions(),
        "machine": machine(devices, threads),
        "git": git(ROOT),
    }


def public(command: Sequence[str]) -> list[str]:
    """The words of a command without what is secret: the path of a webhook's address."""
    words = list(command)
    for i, word in enumerate(words):
        flag, _, address = word.partition("=") if word.startswith(ALERT) else ("", "", word)
        if (flag or (i and words[i - 1].startswith(ALERT))) and "://" in address:
            parts = urlsplit(address)
            place = parts.netloc.rpartition("@")[2]
            words[i] = f"{flag}{'=' if flag else ''}{parts.scheme}://{place}/…"
    return words


def entry(command: Sequence[str], devices: Sequence[str] = (), threads: int = 0) -> dict[str, Any]:
    """The same as the setting of a record that is created."""
    return {f"{KEY}{time.time_ns()}": provenance(command, devices, threads)}


def launches(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries among an experiment's settings, in the order of their launches."""
    keys = sorted((key for key in settings if key.startswith(KEY)), key=lambda k: (len(k), k))
    return [settings[key] for key in keys if isinstance(settings[key], dict)]


def versions() -> dict[str, str]:
    """Python's version, that of the packages which decide what a run computes, and ours."""
    version_of = {"trainboard": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        version = getattr(sys.modules.get(package), "__version__", "")  # which says its CUDA too
        try:
            version_of[package] = str(version or metadata.version(package))
        except metadata.PackageNotFoundError:
            continue
    return version_of


def machine(devices: Sequence[str] = (), threads: int = 0) -> dict[str, Any]:
    """The machine's name, system, processor, cores, memory in GB, the devices that are used and the
    CPU threads of each run.
    """
    facts: dict[str, Any] = {
        "name": socket.gethostname(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "devices": list(dict.fromkeys(devices)),
        "threads_each": threads,
    }
    return {name: value for name, value in facts.items() if value}


def git(folder: Path) -> dict[str, Any]:
    """The commit of the code in `folder`, and what was changed since: a summary and the files.

    Empty where it is no repository, or git is not there.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return {}
    files = _git(folder, "status", "--porcelain", "--untracked-files=normal").splitlines()
    return {
        "commit": commit,
        "subject": _git(folder, "log", "-1", "--format=%s"),
        "diff": _git(folder, "diff", "--shortstat", "HEAD").strip(),
        "changed": files[:MOST_FILES],
        "more_changed": max(0, len(files) - MOST_FILES),
    }


def _git(folder: Path, *arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_TIMEOUT_S,
            check=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.rstrip("\n")


def _processor() -> str:
    if sys.platform == "linux":
        try:
            for line in Path("/proc/cpuinfo").read_text().splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
        except OSError:
            pass
    return platform.processor()


def _memory_gb() -> float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (OSError, ValueError):
        return 0.0
