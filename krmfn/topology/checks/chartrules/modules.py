"""What the charts of a tenant's modules refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartrules.broken import Broken, emptied, listed, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")


def external_dns(values: Mapping[str, Any]) -> Iterator[Broken]:
    if "provider" not in values:
        providers = "cloudflare, aws, azure, google, digitalocean, linode, ovh, exoscale, godaddy or inmemory"
        yield Broken(("provider",), f"is required: {providers}")


def ingress(values: Mapping[str, Any]) -> Iterator[Broken]:
    if values.get("cloudflareProxy") is True and values.get("proxyProtocol") is True:
        yield Broken(("proxyProtocol",), "must be false with cloudflareProxy: Cloudflare does not speak that protocol")


def monitoring(values: Mapping[str, Any]) -> Iterator[Broken]:
    """What the release `monitoring-system` refuses; the chart passes all values to it."""
    if values.get("logsStorages") == []:
        yield Broken(
            ("logsStorages",), "must have at least one entry, or logs are lost; remove it to use the chart's default"
        )
    if emptied(mapping(values, "alerta"), "storage"):
        yield Broken(("alerta", "storage"), "must not be empty: a quantity like 10Gi")
    oidc = mapping(values, "oidc")
    custom, users = mapping(oidc, "customConfig"), listed(oidc, "users")
    by_secret = bool(mapping(custom, "secretRef").get("name"))
    if oidc.get("mode") == "CustomConfig" and bool(custom.get("config")) == by_secret:
        yield Broken(("oidc", "customConfig"), "needs exactly one of config and secretRef.name with mode CustomConfig")
    if users and by_secret:
        message = "is not read with customConfig.secretRef; use customConfig.config, or remove the users"
        yield Broken(("oidc", "users"), message)
    for index, user in enumerate(users):
        email = mapping(user).get("email")
        if isinstance(email, str) and not EMAIL.fullmatch(email):
            yield Broken(("oidc", "users", index, "email"), "must be an address like name@example.org")
