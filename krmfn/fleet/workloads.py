"""Which kinds run an image that their object names, or mount a Secret that it names.

Those of Kubernetes count in every group: older versions, and other vendors, have them in others. Those of operators are
of what Cozystack 1.6.2 installs; an operator that a cluster has beside is not known here.
"""

from __future__ import annotations

OF_KUBERNETES = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"}
)
_OF_OPERATORS = {
    "apps.foundationdb.org": ("FoundationDBCluster",),
    "clickhouse.altinity.com": ("ClickHouseInstallation", "ClickHouseInstallationTemplate"),
    "clickhouse-keeper.altinity.com": ("ClickHouseKeeperInstallation",),
    "databases.spotahome.com": ("RedisFailover",),
    "etcd.aenix.io": ("EtcdCluster",),
    "grafana.integreatly.org": ("Grafana",),
    "k8s.mariadb.com": ("Backup", "MariaDB", "MaxScale", "Restore", "SqlJob"),
    "kafka.strimzi.io": ("Kafka", "KafkaBridge", "KafkaConnect", "KafkaMirrorMaker2", "KafkaNodePool"),
    "kubevirt.io": ("VirtualMachine", "VirtualMachineInstance", "VirtualMachineInstanceReplicaSet"),
    "monitoring.coreos.com": ("Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"),
    "opensearch.opster.io": ("OpenSearchCluster",),
    "operator.victoriametrics.com": (
        *("VLAgent", "VLCluster", "VLogs", "VLSingle", "VMAgent", "VMAlert", "VMAlertmanager", "VMAnomaly", "VMAuth"),
        *("VMCluster", "VMSingle", "VTCluster", "VTSingle"),
    ),
    "pool.kubevirt.io": ("VirtualMachinePool",),
    "postgresql.cnpg.io": ("Cluster", "Pooler"),
    "psmdb.percona.com": ("PerconaServerMongoDB",),
    "rabbitmq.com": ("RabbitmqCluster",),
}
OF_OPERATORS = frozenset((group, kind) for group, kinds in _OF_OPERATORS.items() for kind in kinds)


def runs_an_image(group: str, kind: str) -> bool:
    """True for a kind whose object names an image to run, or a Secret to mount."""
    return kind in OF_KUBERNETES or (group, kind) in OF_OPERATORS
