"""Which kinds are cluster-wide, whatever namespace their objects name: the API server ignores it.

From what an API server of Kubernetes 1.34 serves, the CRDs of Cilium 1.19 and of Cozystack 1.6.2 with `scope: Cluster`,
and those that the operators of KubeVirt and CDI install. Other kinds may be cluster-wide: only a cluster knows.
"""

from __future__ import annotations

KNOWN_TO_KUSTOMIZE = frozenset(
    {
        ("", "ComponentStatus"),
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
    }
)
"""What kustomize 5.8 knows to be cluster-wide; it gives every other object a namespace."""
_FURTHER = {
    "admissionregistration.k8s.io": ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
    "backups.cozystack.io": ("BackupClass",),
    "cdi.kubevirt.io": ("CDI", "CDIConfig", "ObjectTransfer", "StorageProfile"),
    "cert-manager.io": ("ClusterIssuer",),
    "certificates.k8s.io": ("ClusterTrustBundle",),
    "cilium.io": (
        *("CiliumBGPAdvertisement", "CiliumBGPClusterConfig", "CiliumBGPNodeConfig", "CiliumBGPNodeConfigOverride"),
        *("CiliumBGPPeerConfig", "CiliumBGPPeeringPolicy", "CiliumCIDRGroup", "CiliumClusterwideEnvoyConfig"),
        *("CiliumClusterwideNetworkPolicy", "CiliumEgressGatewayPolicy", "CiliumEndpointSlice"),
        *("CiliumExternalWorkload", "CiliumIdentity", "CiliumL2AnnouncementPolicy", "CiliumLoadBalancerIPPool"),
        *("CiliumNode", "CiliumPodIPPool"),
    ),
    "core.cs.sap.com": ("ClusterSecret",),
    "cozystack.io": ("ApplicationDefinition", "Package", "PackageSource", "SchedulingClass"),
    "external-secrets.io": ("ClusterExternalSecret", "ClusterSecretStore"),
    "frrk8s.metallb.io": ("FRRNodeState",),
    "gateway.networking.k8s.io": ("GatewayClass",),
    "gateway.networking.x-k8s.io": ("XMesh",),
    "groupsnapshot.storage.k8s.io": ("VolumeGroupSnapshotClass", "VolumeGroupSnapshotContent"),
    "instancetype.kubevirt.io": ("VirtualMachineClusterInstancetype", "VirtualMachineClusterPreference"),
    "internal.apiserver.k8s.io": ("StorageVersion",),
    "kamaji.clastix.io": ("DataStore", "KubeconfigGenerator"),
    "kilo.squat.ai": ("Peer",),
    "kubeovn.io": (
        *("IP", "IPPool", "IptablesDnatRule", "IptablesEIP", "IptablesFIPRule", "IptablesSnatRule", "OvnDnatRule"),
        *("OvnEip", "OvnFip", "OvnSnatRule", "ProviderNetwork", "QoSPolicy", "SecurityGroup", "Subnet"),
        *("SwitchLBRule", "Vip", "Vlan", "Vpc", "VpcDns", "VpcNatGateway"),
    ),
    "migrations.kubevirt.io": ("MigrationPolicy",),
    "networking.k8s.io": ("IPAddress", "ServiceCIDR"),
    "nfd.k8s-sigs.io": ("NodeFeatureRule",),
    "nvidia.com": ("ClusterPolicy", "NVIDIADriver"),
    "objectstorage.k8s.io": ("Bucket", "BucketAccessClass", "BucketClass"),
    "piraeus.io": (*("LinstorCluster", "LinstorNodeConnection", "LinstorSatellite", "LinstorSatelliteConfiguration"),),
    "policy.networking.k8s.io": ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"),
    "postgresql.cnpg.io": ("ClusterImageCatalog",),
    "resource.k8s.io": ("DeviceClass", "DeviceTaintRule", "ResourceSlice"),
    "runtime.cluster.x-k8s.io": ("ExtensionConfig",),
    "snapshot.storage.k8s.io": ("VolumeSnapshotClass", "VolumeSnapshotContent"),
    "storage.k8s.io": ("VolumeAttributesClass",),
    "storagemigration.k8s.io": ("StorageVersionMigration",),
    "strategy.backups.cozystack.io": ("Altinity", "CNPG", "Etcd", "FoundationDB", "Job", "MariaDB", "Velero"),
    "topology.node.k8s.io": ("NodeResourceTopology",),
    "v1.edp.epam.com": ("ClusterKeycloak", "ClusterKeycloakRealm"),
}
CLUSTER_WIDE = KNOWN_TO_KUSTOMIZE | {(group, kind) for group, kinds in _FURTHER.items() for kind in kinds}
