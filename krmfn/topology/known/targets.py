"""Which versions will run the output, and what they have (R10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.catalog import Catalog
    from krmfn.catalog import Target as Program
    from krmfn.declarations import Options
    from krmfn.results import Result

PROGRAMS = ("flux", "cozystack", "cilium", "kubernetes")
RETRIES_PRUNES = "retries prunes"
"""Flux keeps in mind what it could not prune, and tries again (facts/engine.md §3g)."""
Version = tuple[int, ...]


class Target(NamedTuple):
    """The programs that the output is written for, with their versions; `cozystack` is empty for plain Flux."""

    flux: Version
    cozystack: Version
    cilium: Version
    kubernetes: Version
    features: Mapping[str, tuple[str, Version]]

    @property
    def platform(self) -> bool:
        return bool(self.cozystack)

    def has(self, feature: str) -> bool:
        """Whether the program has the feature, or the behaviour, by its name in catalog/targets/<program>.yaml."""
        program, since = self.features[feature]
        version: Version = getattr(self, program)
        return version >= since

    def since(self, feature: str) -> str:
        return text(self.features[feature][1])


def parse(version: str) -> Version:
    """`2.8` and `2.8.3` are the same here: fields come with minor versions."""
    return () if version == "none" else tuple(int(part) for part in version.split(".")[:2])


def text(version: Version) -> str:
    return ".".join(map(str, version))


def resolve_target(options: Options, catalog: Catalog, findings: list[Result]) -> Target:
    """The versions that were asked for, or what the platform's current release ships."""
    programs = {name: catalog.target(name) for name in PROGRAMS}
    versions = {name: _version(program, options, findings) for name, program in programs.items()}
    features = {
        feature: (name, parse(since))
        for name, program in programs.items()
        for feature, since in (*program.features.items(), *program.behaviours.items())
    }
    return Target(**versions, features=features)


def _version(program: Program, options: Options, findings: list[Result]) -> Version:
    asked = options.target.get(program.program, program.default)
    version = parse(asked)
    known = sorted(filter(None, map(parse, program.supported)))
    field = f"spec.target.{program.program}"
    if version and version < known[0]:
        message = (
            f"{program.program} {asked} is older than what krmfn writes for; supported: {', '.join(program.supported)}"
        )
        findings.append(options.origin.error("unsupported-target", message, field))
    if version > known[-1]:
        message = f"{program.program} {asked} is newer than krmfn knows; the output is what {text(known[-1])} takes"
        findings.append(options.origin.warning("unknown-target", message, field))
    return version
