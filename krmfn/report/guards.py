"""The platform: who passes its guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.report.elements import element, listed, table

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from krmfn.topology import Platform


def guards(platform: Platform) -> Element:
    """The guards, and who may pass them."""
    administrators = (*platform.administrators, *(f"group {each}" for each in platform.administrator_groups))
    return element(
        "section",
        element("h2", "Platform", id="platform"),
        table(
            "Guards",
            ("what", "who"),
            (
                ("Flux's service accounts", listed(platform.flux)),
                ("administrators", listed(administrators)),
                ("kinds that tenants' administrators may change", listed(platform.mutable_kinds)),
            ),
        ),
    )
