"""``python audit/sbom.py BUILT``: write BUILT/../sbom.json, the bill of materials of a build.

It names each third-party package in the built layer, with its licence, what it needs, and the
digests of the distributions that the lock allows it to be made from. It says nothing that differs
from build to build of the same commit: neither a time nor a random number.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[1]
LOCK = PROJECT / "requirements" / "runtime.txt"
LAMBDA = {"extra": "", "python_version": "3.13", "sys_platform": "linux", "os_name": "posix"}

type Locked = Mapping[tuple[str, str], Sequence[str]]  # SHA-256 by name and version


def locked(lock: str) -> Locked:
    """Return the digests a lock allows, by package and version."""
    found: dict[tuple[str, str], list[str]] = {}
    digests: list[str] = []
    for line in lock.splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line):
            digests = found.setdefault((canonicalize_name(match[1]), match[2]), [])
        if match := re.search(r"--hash=sha256:([0-9a-f]{64})", line):
            digests.append(match[1])
    return found


def name_of(package: Distribution) -> str:
    """Return a package's name as the lock writes it."""
    return canonicalize_name(package.name)


def component(package: Distribution, allowed: Locked) -> Component:
    """Return what is said of one package.

    Raises:
        KeyError: the lock does not name it, or not in that version.
    """
    name = name_of(package)
    purl = PackageURL("pypi", name=name, version=package.version)
    return Component(
        name=name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=str(purl),
        licenses=[_license(package)],
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(str(purl)),
                comment="made from a distribution that has one of these digests",
                hashes=[
                    HashType(alg=HashAlgorithm.SHA_256, content=digest)
                    for digest in allowed[name, package.version]
                ],
            )
        ],
    )


def _license(package: Distribution) -> License:
    """Return a licence by its SPDX expression or id if the package says so, else by its name."""
    metadata = package.metadata
    classified = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier", [])
        if text.startswith("License ::")
    ]
    said = metadata.get("License-Expression") or metadata.get("License")
    return LicenseFactory().make_from_string(said or " or ".join(classified) or "unknown")


def _needs(package: Distribution) -> Iterable[str]:
    for text in package.requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(LAMBDA):
            yield canonicalize_name(requirement.name)


def bill_of_materials(packages: Sequence[Distribution], allowed: Locked) -> Bom:
    """Return the bill of a build with these packages in it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    root = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )
    parts = {name_of(package): component(package, allowed) for package in packages}
    bom = Bom(components=parts.values())
    bom.metadata.component = root
    bom.metadata.timestamp = None
    for package in packages:
        needed = {name for name in _needs(package) if name in parts}
        bom.register_dependency(parts[name_of(package)], [parts[name] for name in needed])
    direct = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    bom.register_dependency(root, [parts[name] for name in direct])
    refs = "\n".join(sorted(str(part.purl) for part in parts.values()))
    bom.serial_number = uuid5(NAMESPACE_URL, f"{project['name']} {project['version']}\n{refs}")
    return bom


def text_of(bom: Bom) -> str:
    """Return the bill as JSON that its schema allows.

    Raises:
        ValueError: the schema does not allow it.
    """
    text = JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"not a bill that CycloneDX allows: {error}")
    return text


def main(arguments: Sequence[str]) -> int:
    """Write the bill of a build beside it."""
    parser = argparse.ArgumentParser(description="Write a build's bill of materials.")
    parser.add_argument("built", type=Path, help="the folder SAM built into")
    built: Path = parser.parse_args(arguments).built
    packages = sorted(
        distributions(path=[str(built / "DependenciesLayer" / "python")]), key=name_of
    )
    if not packages:
        raise SystemExit(f"{built} holds no packages; `make build` makes it.")
    bill = built.resolve().parent / "sbom.json"
    bill.write_text(text_of(bill_of_materials(packages, locked(LOCK.read_text()))))
    sys.stdout.write(f"{len(packages)} packages in {bill.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
