"""The instructions of docs/deploy/Dockerfile, and the same steps in a folder instead of a container."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs/deploy"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, of a stage that is counted from 0; -1: before the first FROM."""

    stage: int
    name: str
    value: str


def read_dockerfile() -> list[Instruction]:
    """Return the instructions in order; continued lines are joined."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", "")
    stage, instructions = -1, []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition(" ")
            stage += name == "FROM"
            instructions.append(Instruction(stage, name, value.strip()))
    return instructions


def build_context() -> list[str]:
    """Return the files of the repository that the image is built from, by Dockerfile.dockerignore."""
    rules = [line for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines() if line]
    taken = [rule[1:] for rule in rules if rule.startswith("!")]
    left_out = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    assert rules[1] == "*"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [
        file
        for file in files
        if any(file == rule or file.startswith(f"{rule}/") for rule in taken)
        and not any(fnmatch(part, rule) for part in file.split("/") for rule in left_out)
    ]


def replay_build_stage(folder: Path, environment: Mapping[str, str]) -> None:
    """Carry out the RUN and COPY instructions of the first stage; its absolute paths are below ``folder``.

    What installs the system's packages and uv is left out: uv is the one of the project's environment, in the same
    version.
    """
    source = folder / "src"
    source.mkdir(parents=True)
    for instruction in read_dockerfile():
        if instruction.stage != 0:
            continue
        if instruction.name == "COPY":
            _copy(instruction.value, source)
        elif instruction.name == "RUN" and not instruction.value.startswith(("apt-get", "pip install")):
            command = re.sub(r"(?<![\w/.])/(opt|tmp)/", rf"{folder}/\1/", instruction.value)
            done = subprocess.run(
                ["sh", "-c", command], cwd=source, env=environment, capture_output=True, text=True, timeout=240
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def _copy(value: str, source: Path) -> None:
    wanted, _ = value.split()
    for file in build_context():
        if wanted in (".", file):
            target = source / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target, follow_symlinks=False)
