"""What Cozystack installs for a whole cluster, by its own definitions.

As in test_charts.py, KRMFN_COZYSTACK names the checkout, and without it this test does not exist.
"""

from __future__ import annotations

import re

from krmfn.fleet.scopes import CLUSTER_WIDE
from tests.platform import charts
from tests.platform.charts import PACKAGES

if PACKAGES.is_dir() and charts.CHECKOUT.name:

    def stated(field: str, definition: str) -> str:
        """A field of a CustomResourceDefinition, by its line: templates around it are no YAML."""
        found = re.search(rf'^ +{field}: "?([\w.-]+)', definition, re.MULTILINE)
        return found[1] if found else ""

    def test_what_the_platform_installs_for_a_whole_cluster_is_known() -> None:
        """Each CustomResourceDefinition with `scope: Cluster` in the checkout."""
        definitions = [
            text
            for path in charts.CHECKOUT.rglob("*.yaml")
            for text in path.read_text(encoding="utf-8").split("\n---")
            if re.search("^kind: CustomResourceDefinition", text, re.MULTILINE) and stated("scope", text) == "Cluster"
        ]
        found = {(stated("group", text), stated("kind", text)) for text in definitions}
        assert ("cozystack.io", "Package") in found
        assert found <= CLUSTER_WIDE
