"""A withheld kubeconfig: a result for each way to it that krmfn cannot close, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Origin, Result
    from krmfn.topology.model.postures import Posture


def exposed(origin: Origin, field: str, posture: Posture, *, created: bool, managed: bool) -> Iterator[Result]:
    """A result for each way to a withheld kubeconfig that krmfn's output cannot close (docs/platform.md#kubeconfigs).

    The consoles of nodes have a code of their own: whoever closes one way and accepts it has not accepted the other.

    Args:
        field: the field of the declaration that names the profile.
        created: krmfn writes the cluster's release.
        managed: the platform runs the cluster: krmfn creates it, or it is the module cluster.
    """
    withheld = f'profile "{posture.name}" withholds the kubeconfig, but '
    if not managed:
        message = (
            f"{withheld}krmfn neither creates nor guards the Secret of an existing cluster; make sure that no role of "
            "the tenant can read it"
        )
        yield origin.warning("kubeconfig-exposed", message, field)
        return
    if created:
        message = (
            f"{withheld}the platform shows it to the tenant as a TenantSecret; remove it from spec.secrets.include of "
            "the ApplicationDefinition kubernetes, for all clusters"
        )
        yield origin.warning("kubeconfig-exposed", message, field)
        message = (
            "until the platform output (scope: platform) is installed, a tenant can undo the profile through the "
            "platform's API; install it, so that only Flux and administrators can change this cluster's release"
        )
        yield origin.info("needs-guards", message, field)
    else:
        message = (
            f"{withheld}the module cluster's release, which krmfn does not own, has a Role with which a tenant's "
            "users can read it; remove that rule from computeplane-cluster-dashboard-resources, or declare a cluster "
            "of your own"
        )
        yield origin.warning("kubeconfig-exposed", message, field)
    message = (
        f"{withheld}the platform gives a tenant's users access to the consoles of its nodes "
        "(cozystack/cozystack#4172, #4173); until that is fixed, give no user there the tier use or above"
    )
    yield origin.warning("node-consoles-open", message, field)
