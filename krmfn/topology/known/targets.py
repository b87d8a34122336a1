"""The versions that the output is written for: those of spec.target, or those that the platform's release ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.model.targets import NEXT, Target, parse, spelt

if TYPE_CHECKING:
    from krmfn.catalog import Catalog, Program
    from krmfn.declarations import Options
    from krmfn.results import Rule
    from krmfn.topology.model.targets import Version

PROGRAMS = ("flux", "cozystack", "cilium", "kubernetes")


def resolve_target(options: Options, catalog: Catalog) -> Rule[Target]:
    programs = {name: catalog.target(name) for name in PROGRAMS}
    versions: dict[str, Version] = {}
    for name, program in programs.items():
        versions[name] = yield from _version(program, options)
    features = {
        feature: (name, parse(since))
        for name, program in programs.items()
        for feature, since in (*program.features.items(), *program.behaviours.items())
    }
    return Target(**versions, features=features)


def _version(program: Program, options: Options) -> Rule[Version]:
    asked = options.target.get(program.program, program.default)
    version = parse(asked)
    known = sorted(each for each in map(parse, program.supported) if each and each != NEXT)
    field = f"spec.target.{program.program}"
    if version and version < known[0]:
        message = f"{program.program} {asked} is too old for krmfn; supported: {', '.join(program.supported)}"
        yield options.origin.error("unsupported-target", message, field)
    if version > known[-1] and version != NEXT:
        message = f"{program.program} {asked} is newer than krmfn knows; the output is written for {spelt(known[-1])}"
        yield options.origin.warning("unknown-target", message, field)
    return version
