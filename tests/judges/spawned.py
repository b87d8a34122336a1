"""The pod that KubeSpawner makes for a user, by Zero to JupyterHub's own configuration: a program of another Python.

In: `source`, the chart's files/hub; `config` and `secret`, what the rendered ConfigMap and Secret of the hub hold.
Out: `pod`, and where the hub finds its database, `database` and `password`.
"""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MOUNTED = "/usr/local/etc/jupyterhub"
"""Where the chart mounts both in the hub's pod, and its configuration reads them."""
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "none",
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {}}],
}
"""KubeSpawner wants to know a cluster before it is asked for a pod, and asks it nothing."""


def configuration(source: Path, root: Path) -> Any:
    """What the chart's jupyterhub_config.py makes of the values, read where they are here."""
    from tornado.httpclient import AsyncHTTPClient  # noqa: PLC0415  (of the other Python)
    from traitlets.config import Config  # noqa: PLC0415

    config = Config()
    for name in ("hub", "proxy-api"):
        service = (root / "config" / name).read_text(encoding="utf-8").upper().replace("-", "_")
        os.environ[f"{service}_SERVICE_PORT"] = "80"
    opened, exists = builtins.open, os.path.exists

    def moved(path: Any) -> Any:
        return str(path).replace(MOUNTED, str(root)) if isinstance(path, str | os.PathLike) else path

    builtins.open = lambda path, *rest, **named: opened(moved(path), *rest, **named)  # type: ignore[assignment]
    os.path.exists = lambda path: exists(moved(path))
    # It asks for pycurl, which only the image has.
    AsyncHTTPClient.configure = lambda *_: None
    script = source / "jupyterhub_config.py"
    scope = {"get_config": lambda: config, "__file__": str(script), "__name__": "jupyterhub_config"}
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), scope)  # noqa: S102
    builtins.open, os.path.exists = opened, exists
    return config


async def spawned(config: Any) -> Any:
    """The pod of one user."""
    from jupyterhub.objects import Hub  # noqa: PLC0415
    from jupyterhub.orm import Spawner  # noqa: PLC0415
    from kubernetes_asyncio.client import ApiClient  # noqa: PLC0415
    from kubespawner import KubeSpawner  # noqa: PLC0415

    user = SimpleNamespace(name="ada", escaped_name="ada", id=1, url="/user/ada", server=None)
    row = Spawner(name="", server=None)
    spawner = KubeSpawner(config=config, _mock=True, user=user, hub=Hub(), orm_spawner=row, server=None)
    async with ApiClient() as client:
        return client.sanitize_for_serialization(await spawner.get_pod_manifest())


def main() -> None:
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as scratch, redirect_stdout(sys.stderr):
        root = Path(scratch)
        for name in ("config", "secret"):
            (root / name).mkdir()
            for key, text in asked[name].items():
                (root / name / key).write_text(text, encoding="utf-8")
        kubeconfig = root / "kubeconfig"
        kubeconfig.write_text(json.dumps(KUBECONFIG), encoding="utf-8")
        os.environ["KUBECONFIG"] = str(kubeconfig)
        config = configuration(Path(asked["source"]), root)
        pod = asyncio.run(spawned(config))
    answer = {"pod": pod, "database": config.JupyterHub.db_url, "password": os.environ.get("PGPASSWORD")}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
