"""Lookups: the targeted versions, kinds, profiles and the table of credentials; built once in each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.checks.addresses import check_network
from krmfn.topology.checks.chartvalues import check_reserved
from krmfn.topology.checks.credentials import InlineCredentials
from krmfn.topology.known.components import known_components
from krmfn.topology.known.isolation import known_isolation
from krmfn.topology.known.kinds import known_kinds
from krmfn.topology.known.lookups import Known
from krmfn.topology.known.targets import resolve_target
from krmfn.topology.known.valuechecks import check_profile

if TYPE_CHECKING:
    from krmfn.catalog import Catalog
    from krmfn.declarations import Declarations
    from krmfn.results import Rule


def look_up(declared: Declarations, catalog: Catalog) -> Rule[Known]:
    """Builds the lookups from the catalog and the input; unused definitions in the input are checked as well."""
    options = declared.options
    target = yield from resolve_target(options, catalog)
    yield from check_network(options, target, catalog)
    credentials = InlineCredentials(catalog.credential_keys(), options.variables)
    kinds = yield from known_kinds(declared, catalog)
    for fields, own in (("pins", declared.isolation_profiles), ("values", declared.component_profiles)):
        for profile in own:
            yield from credentials.in_profile(profile, fields)
            yield from check_reserved(profile.spec.get(fields), profile.origin, f"spec.{fields}")
            yield from check_profile(profile, fields, kinds.cluster(), catalog, options)
    isolation = yield from known_isolation(declared, catalog)
    components = yield from known_components(declared, catalog)
    return Known(options, target, catalog, credentials, kinds, isolation, components)
