"""The licenses of what runs (requirements.lock), from installed metadata: ``python -m tests.deploy.licenses``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.lock"
ALLOWED = frozenset(  # SPDX identifiers; those of the LGPL and MPL apply to the libraries, which are used unchanged
    """0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 CNRI-Python ISC LGPL-2.1-or-later LGPL-3.0-only
    LGPL-3.0-or-later MIT MIT-CMU MPL-2.0 PSF-2.0 Unlicense Zlib""".split()
)
_WRITTEN_OTHERWISE = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "FreeBSD and LGPLv3+": "BSD-2-Clause OR LGPL-3.0-or-later",
    "MIT License": "MIT",
    "The BSD 2-Clause License": "BSD-2-Clause",
}


def locked_licenses() -> Iterator[tuple[str, str, str]]:
    """Yield name, version and SPDX expression ("" if it is not stated) of each locked package that is installed."""
    for name in sorted(set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text("utf-8"), re.M))):
        try:
            found = distribution(name)
        except PackageNotFoundError:  # of another platform
            continue
        yield name, found.version, _license_of(found)


def _license_of(package: Distribution) -> str:
    metadata = package.metadata
    classifiers = [
        classifier.rpartition(" :: ")[2]
        for classifier in metadata.get_all("Classifier") or []
        if classifier.startswith("License ::")
    ]
    stated = [text for name in ("License-Expression", "License") for text in metadata.get_all(name) or [] if text]
    written = str(next(iter([*stated, *classifiers]), ""))
    return _WRITTEN_OTHERWISE.get(written, written)


def is_allowed(expression: str) -> bool:
    """Return whether one of the alternatives of an expression has allowed licenses only."""
    alternatives = expression.replace("(", "").replace(")", "").split(" OR ")
    return any(set(alternative.split(" AND ")) <= ALLOWED for alternative in alternatives)


if __name__ == "__main__":
    for row in locked_licenses():
        sys.stdout.write("{:24}{:14}{}\n".format(*row))
