package judge

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"

	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/k8s"
	core "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/core/v1"
	meta "github.com/cilium/cilium/pkg/k8s/slim/k8s/apis/meta/v1"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
)

type endpoint struct {
	Name string `json:"name"`
	// See identify for the kinds.
	Kind      string            `json:"kind"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	// An address or prefix. That of a pod or node is never looked at: the engine knows those by their labels alone.
	IP string `json:"ip"`
	// DNS names that resolve to an endpoint outside, for toFQDNs.
	Names []string `json:"names"`
}

// configure is what the agent does at start, here for each question. Without the names, the policy mode or the label prefixes verdicts are wrong, and
// nothing says so; the other options are what Cilium ships, said here so that no default decides.
func configure(logger *slog.Logger, cluster string, dualStack bool) error {
	if cluster == "" {
		return fmt.Errorf("the cluster has no name")
	}
	option.Config.ClusterName = cluster
	option.Config.EnableIPv4 = true
	// With both, whoever is outside is of one of two worlds, and 0.0.0.0/0 is not all of the one.
	option.Config.EnableIPv6 = dualStack
	option.Config.EnableICMPRules = true
	option.Config.EnableL7Proxy = true
	option.Config.EnableNonDefaultDenyPolicies = true
	// Else the entity cluster selects nothing.
	api.InitEntities(cluster)
	policy.SetPolicyEnabled(option.DefaultEnforcement)
	// Which labels of a pod are part of its identity.
	return labelsfilter.ParseLabelPrefixCfg(logger, nil, nil, "")
}

// world is every identity that the agent would know, and who has it: endpoints that differ in no label are one to Cilium.
type world struct {
	identities map[identity.NumericIdentity]*identity.Identity
	of         map[string]*identity.Identity
	byLabels   map[string]*identity.Identity
	// Whoever Cilium runs no endpoint for (its host firewall is off): policies select it only as a peer.
	unguarded map[identity.NumericIdentity]bool
	prefixes  []netip.Prefix
	fqdns     []*api.FQDNSelector
	pods      identity.NumericIdentity
	outside   identity.NumericIdentity
}

func populate(logger *slog.Logger, asked *question, policies []parsed) (*world, error) {
	w := &world{
		identities: map[identity.NumericIdentity]*identity.Identity{},
		of:         map[string]*identity.Identity{},
		byLabels:   map[string]*identity.Identity{},
		unguarded:  map[identity.NumericIdentity]bool{},
		pods:       identity.MinimalNumericIdentity,
		outside:    identity.IdentityScopeLocal,
	}
	kinds := map[string]bool{}
	for _, endpoint := range asked.Endpoints {
		kinds[endpoint.Kind] = true
	}
	if kinds["host"] && kinds["host-kube-apiserver"] {
		return nil, fmt.Errorf("the subject's own node either is an API server or is not: host and host-kube-apiserver")
	}
	host := labels.LabelHost
	if kinds["host-kube-apiserver"] {
		host = merged(host, labels.LabelKubeAPIServer)
	}
	// Set for every world, as it outlives the one before.
	identity.AddReservedIdentityWithLabels(identity.ReservedIdentityHost, host)
	identity.IterateReservedIdentities(func(_ identity.NumericIdentity, id *identity.Identity) { w.know(id) })
	// One identity for each prefix that a policy names, whether or not an endpoint of this world is there.
	for _, each := range policies {
		w.prefixes = append(w.prefixes, policy.GetCIDRPrefixes(each.entries)...)
		for _, entry := range each.entries {
			for _, peer := range entry.L3 {
				if selector, ok := peer.GetFQDNSelector(); ok {
					w.fqdns = append(w.fqdns, selector)
				}
			}
		}
	}
	// The longest first, as the datapath looks them up.
	slices.SortFunc(w.prefixes, func(a, b netip.Prefix) int { return b.Bits() - a.Bits() })
	for _, prefix := range w.prefixes {
		w.allocate(labels.GetCIDRLabels(prefix), &w.outside)
	}
	for _, endpoint := range asked.Endpoints {
		if w.of[endpoint.Name] != nil {
			return nil, fmt.Errorf("two endpoints are called %q", endpoint.Name)
		}
		id, err := w.identify(logger, asked, &endpoint)
		if err != nil {
			return nil, fmt.Errorf("endpoint %q: %w", endpoint.Name, err)
		}
		w.of[endpoint.Name] = id
		w.unguarded[id.ID] = !slices.Contains([]string{"pod", "health", "ingress", "init"}, endpoint.Kind)
	}
	return w, nil
}

func (w *world) identify(logger *slog.Logger, asked *question, e *endpoint) (*identity.Identity, error) {
	if e.Kind != "pod" && (e.Namespace != "" || e.Labels != nil) {
		return nil, fmt.Errorf("only a pod has a namespace and labels")
	}
	switch e.Kind {
	case "pod":
		return w.pod(logger, asked, e)
	case "host", "host-kube-apiserver":
		return identity.LookupReservedIdentity(identity.ReservedIdentityHost), nil
	case "remote-node":
		return identity.LookupReservedIdentity(identity.ReservedIdentityRemoteNode), nil
	case "kube-apiserver-node":
		// A remote node that runs an API server.
		return identity.LookupReservedIdentity(identity.ReservedIdentityKubeAPIServer), nil
	case "health":
		return identity.LookupReservedIdentity(identity.ReservedIdentityHealth), nil
	case "ingress":
		return identity.LookupReservedIdentity(identity.ReservedIdentityIngress), nil
	case "init":
		return identity.LookupReservedIdentity(identity.ReservedIdentityInit), nil
	case "unmanaged":
		return identity.LookupReservedIdentity(identity.ReservedIdentityUnmanaged), nil
	case "world":
		// An address that no policy names, if not by naming all of them.
		if option.Config.IsDualStack() {
			return nil, fmt.Errorf("with IPv4 and IPv6 there are two worlds: say cidr, and an address")
		}
		return identity.LookupReservedIdentity(identity.ReservedIdentityWorld), nil
	case "cidr", "kube-apiserver":
		// An address outside, or an API server that is not on a node: that one is of the world, too.
		found, err := w.external(e)
		if err == nil && e.Kind == "kube-apiserver" {
			found = merged(found, labels.LabelKubeAPIServer)
		}
		if err != nil {
			return nil, err
		}
		return w.allocate(found, &w.outside), nil
	default:
		return nil, fmt.Errorf("unknown kind %q", e.Kind)
	}
}

func (w *world) pod(logger *slog.Logger, asked *question, e *endpoint) (*identity.Identity, error) {
	namespaceLabels, known := asked.Namespaces[e.Namespace]
	if !known {
		return nil, fmt.Errorf("unknown namespace %q", e.Namespace)
	}
	if w.pods > 0xffff {
		return nil, fmt.Errorf("Cilium has no identities for so many kinds of pods")
	}
	namespace := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: e.Namespace, Labels: namespaceLabels}}
	pod := &core.Pod{ObjectMeta: meta.ObjectMeta{Name: e.Name, Namespace: e.Namespace, Labels: e.Labels}}
	_, found := k8s.GetPodMetadata(logger, namespace, pod)
	kept, _ := labelsfilter.Filter(labels.Map2Labels(found, labels.LabelSourceK8s))
	return w.allocate(kept, &w.pods), nil
}

// external are the labels of the longest prefix that a policy names and of the names that one selects.
func (w *world) external(e *endpoint) (labels.Labels, error) {
	address, err := netip.ParsePrefix(e.IP)
	if err != nil {
		single, err := netip.ParseAddr(e.IP)
		if err != nil {
			return nil, err
		}
		address = netip.PrefixFrom(single, single.BitLen())
	}
	found := labels.Labels{}
	found.AddWorldLabel(address.Addr())
	for _, prefix := range w.prefixes {
		if prefix.Contains(address.Addr()) && prefix.Bits() <= address.Bits() {
			found = labels.GetCIDRLabels(prefix)
			break
		}
		if address.Contains(prefix.Addr()) && prefix.Bits() > address.Bits() {
			return nil, fmt.Errorf("a policy divides it by naming %s", prefix)
		}
	}
	for _, selector := range w.fqdns {
		pattern, err := selector.ToRegex()
		if err != nil {
			return nil, err
		}
		for _, name := range e.Names {
			if pattern.MatchString(name + ".") {
				label := selector.IdentityLabel()
				found[label.Key] = label
			}
		}
	}
	return found, nil
}

func (w *world) allocate(found labels.Labels, next *identity.NumericIdentity) *identity.Identity {
	key := string(found.SortedList())
	if id := w.byLabels[key]; id != nil {
		return id
	}
	id := identity.NewIdentity(*next, found)
	*next++
	w.know(id)
	return id
}

func (w *world) know(id *identity.Identity) {
	w.identities[id.ID] = id
	w.byLabels[string(id.Labels.SortedList())] = id
}

func merged(some, more labels.Labels) labels.Labels {
	all := labels.NewFrom(some)
	all.MergeLabels(more)
	return all
}
