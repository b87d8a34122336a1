// The judge on the policy engine of Cilium 1.20, which also has ClusterNetworkPolicy.
package main

import (
	"log/slog"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	network "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/k8s"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"krmfn.dev/tests/judges/cilium/judge"
)

type owner struct{ judge.Owner }

func (o owner) GetIngressNamedPort(name string, protocol u8proto.U8proto) uint16 {
	return o.NoPort(name, protocol)
}
func (owner) PreviousMapStateSizes() policy.MapStateSizes { return policy.MapStateSizes{} }

func clusterNetworkPolicy(
	logger *slog.Logger, cluster string, object *unstructured.Unstructured,
) (types.PolicyEntries, string, error) {
	var policy network.ClusterNetworkPolicy
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &policy); err != nil {
		return nil, "schema", err
	}
	entries, err := k8s.ParseClusterNetworkPolicy(logger, cluster, &policy)
	return entries, "rule", err
}

func main() {
	judge.Main(judge.Version{
		Name:      "1.20",
		Configure: func() { option.Config.UnsafeDaemonConfigOption.AllowLocalhost = option.AllowLocalhostAlways },
		Owner:     func(shared judge.Owner) policy.PolicyOwner { return owner{shared} },
		Resolve:   (*policy.Repository).ResolvePolicy,
		Aggregates: []identity.NumericIdentity{
			identity.IdentityUnknown,
			identity.ReservedIdentityAggregateCluster,
			identity.ReservedIdentityAggregateClusterMesh,
			identity.ReservedIdentityAggregateWorld,
			identity.ReservedIdentityAggregateRemoteNode,
		},
		Kinds: map[string]judge.Kind{"policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy": clusterNetworkPolicy},
	})
}
