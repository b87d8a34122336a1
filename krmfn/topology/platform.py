"""The platform output, installed once for all tenants: who may pass the guards, and who may change which kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fieldpaths import path_of
from krmfn.marks import CONFIRM_DELETION
from krmfn.topology.checks.names import is_object_name
from krmfn.topology.model.targets import RETRIES_PRUNES
from krmfn.topology.model.tenants import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.declarations import Declarations, Definition, Options
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.known.lookups import Known

COZYSTACK_FLUX = ("cozy-fluxcd/flux",)
"""One account for all of Flux's controllers (cozystack/cozystack internal/fluxinstall/manifests/fluxcd.yaml)."""
PLAIN_FLUX = ("flux-system/kustomize-controller", "flux-system/helm-controller")
ADMINISTRATORS = ("system:masters",)
EVERYONE = frozenset(
    {"system:anonymous", "system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:nodes"}
)
"""Groups and a user of Kubernetes that do not identify a person; nodes run the workloads of anyone."""
COZYSTACK_ADMINISTRATORS = ("system:masters", "cozystack-cluster-admin")
"""Groups whose members could delete the guards anyway."""


def platform(declared: Declarations, known: Known) -> Rule[Platform]:
    """What the operator installs; a tenant's declaration is an error, because this output would ignore it."""
    options, cozystack = declared.options, known.target.platform
    yield from _of_tenants(declared)
    guarded = options.guarded
    accounts = guarded.flux or (COZYSTACK_FLUX if cozystack else PLAIN_FLUX)
    groups = guarded.groups
    if groups is None:
        groups = (COZYSTACK_ADMINISTRATORS if cozystack else ADMINISTRATORS) if guarded.users is None else ()
    if not guarded.users and not groups:
        message = "names nobody, so nobody could break the glass; name a user or a group, or remove this field"
        yield options.origin.error("no-administrators", message, "spec.platform.administrators")
    theirs = [f"{guarded.tenants}/"] if guarded.tenants else []
    yield from _everyone(guarded.users or (), guarded.groups or (), (*accounts, *theirs), options.origin)
    mutable = yield from _mutable(declared.definitions, known)
    confirms = yield from _confirmed(options)
    resource = options.origin.resource
    if not is_object_name(resource.name):
        message = (
            "is written into every object of the platform output as its owner; set a name of lowercase letters, "
            "digits, dashes and dots"
        )
        yield options.origin.error("invalid-name", message, "metadata.name")
    return Platform(
        origin=options.origin,
        owner=f"{resource.kind}/{resource.name}",
        cozystack=cozystack,
        administrators=tuple(sorted(guarded.users or ())),
        administrator_groups=tuple(sorted(groups)),
        flux=tuple(f"system:serviceaccount:{account.replace('/', ':')}" for account in sorted(accounts)),
        mutable_kinds=mutable,
        retries_prunes=known.target.has(RETRIES_PRUNES),
        confirms_deletion=confirms,
        tenants=f"system:serviceaccount:{guarded.tenants}:" if guarded.tenants else "",
    )


def _confirmed(options: Options) -> Rule[bool]:
    """True if the removal of the guards is confirmed: the annotation must contain the functionConfig's own name."""
    said, name = options.annotations.get(CONFIRM_DELETION), options.origin.resource.name
    if said is not None and said != name:
        message = f"confirms the deletion of {said}, but is set on {name}; write {name}, or remove it"
        yield options.origin.error("wrong-confirmation", message, path_of("metadata", "annotations", CONFIRM_DELETION))
    return said == name


def _everyone(users: Iterable[str], groups: Iterable[str], accounts: Iterable[str], origin: Origin) -> Iterator[Result]:
    """Refuses administrators that include everyone, or Flux, which applies anyone's commits: guards would not hold."""
    flux = {f"system:serviceaccount:{account.replace('/', ':')}" for account in accounts}
    around = {f"system:serviceaccounts:{account.partition('/')[0]}" for account in accounts}
    for field, names, refused in (("users", users, EVERYONE | flux), ("groups", groups, EVERYONE | around)):
        for i, name in enumerate(names):
            if name in refused or "*" in name:
                message = (
                    f"{name} {'is not a name' if '*' in name else 'includes everyone who can commit or log in'}, so "
                    "the guards would stop nobody; name the people who may break the glass"
                )
                yield origin.error("administrator-is-everyone", message, f"spec.platform.administrators.{field}[{i}]")


def _of_tenants(declared: Declarations) -> Iterator[Result]:
    origins = (
        *(("a cluster", each.origin) for each in declared.clusters),
        *(("an app", each.origin) for each in declared.apps),
        *(("a placement", each.origin) for each in declared.placements),
        *(("a mesh", each.origin) for each in declared.meshes),
    )
    for what, origin in origins:
        message = (
            f"{what} belongs to a tenant, but this is the run of the platform, whose output is the same for all "
            "tenants; move it into a run of the tenant's own, as krmfn init tenant NAME writes one"
        )
        yield origin.error("declarations-in-platform-output", message, "" if origin.field else "metadata.name")


def _mutable(definitions: tuple[Definition, ...], known: Known) -> Rule[tuple[str, ...]]:
    """The plurals of the kinds that a tenant's administrators may change; a result for each kind with `mutation`."""
    already = known.catalog.tenant_admin()
    mutable = set()
    for definition in definitions:
        if not definition.mutation:
            continue
        plural, told = known.kinds.plural(definition.kind), definition.origin
        if not known.target.platform:
            message = (
                "plain Flux has no tiers of tenants' users, so no role is written; remove mutation, or write a role "
                "yourself"
            )
            yield told.warning("mutation-without-tiers", message, "mutation")
        elif not plural:
            message = (
                f"{definition.kind} is not in the catalog, and a role needs its plural; add plural here, or add its "
                "ApplicationDefinition to the input"
            )
            yield told.error("missing-field", message, "plural")
        elif definition.mutation == "tenant-admin":
            mutable.add(plural)
            yield told.info("visible-to-all-tiers", _visible(plural), "mutation")
        elif plural in already:
            message = (
                f"the platform's own role cozy:tenant:admin:base lets a tenant's administrators change {plural}, and "
                "a role cannot take a permission away; change the platform's role, or forbid it with your own "
                "admission policy"
            )
            yield told.warning("mutation-not-withheld", message, "mutation")
        else:
            message = (
                f"no role is written, so only a tenant's super-admins and its service account can change {plural}; "
                f"{_visible(plural)}"
            )
            yield told.info("mutation-by-super-admins", message, "mutation")
    return tuple(sorted(mutable))


def _visible(plural: str) -> str:
    return (
        f"every tier, including view, can read {plural}: the platform's roles allow reading all of apps.cozystack.io, "
        "and a role cannot take a permission away"
    )
