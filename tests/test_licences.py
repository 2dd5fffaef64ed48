"""Every package that an installation brings may be used, changed and passed on freely."""

from __future__ import annotations

import re
from importlib import metadata

from packaging.requirements import Requirement

PERMISSIVE = re.compile(r"\b(?:MIT|BSD|Apache|ISC|PSF|Python Software Foundation|0BSD|Zlib|Unlicense)\b", re.IGNORECASE)
COPYLEFT = re.compile(r"GPL|General Public|MPL|Mozilla|EUPL|CDDL", re.IGNORECASE)
EXCEPTIONS = {"certifi": "MPL-2.0: a list of certificates, which is not changed"}


def licence(package: metadata.Distribution) -> str:
    """What a package states: an expression, else its classifiers, else the start of its text."""
    fields = package.metadata
    classifiers = [name for name in fields.get_all("Classifier") or () if name.startswith("License ::")]
    return fields.get("License-Expression") or " ".join(classifiers) or (fields.get("License") or "")[:200]


def installed_with_searchidx() -> dict[str, metadata.Distribution]:
    """The packages that `searchidx[all]` needs, directly or by way of others, as far as they are installed."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [Requirement("searchidx[all]")]
    while waiting:
        needed = waiting.pop()
        name = re.sub(r"[-_.]+", "-", needed.name).lower()
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        if name in found and not needed.extras:
            continue
        found[name] = package
        for each in map(Requirement, package.requires or ()):
            extras = needed.extras or {""}
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(each)
    return found


def test_packages_have_permissive_licences() -> None:
    packages = installed_with_searchidx()
    del packages["searchidx"]
    assert {"whoosh", "numpy", "lxml", "starlette", "opensearch-py", "pypdf", "certifi"} <= set(packages)
    refused = {
        name: text
        for name, package in packages.items()
        if COPYLEFT.search(text := licence(package)) or not PERMISSIVE.search(text)
    }
    assert set(refused) == set(EXCEPTIONS), refused
