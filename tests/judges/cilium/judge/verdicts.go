package judge

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/u8proto"
)

// reach is what may pass: for each protocol the ports, or the ICMP types, as ranges in order.
type reach map[string][][2]int

var protocols = []struct {
	name        string
	number      u8proto.U8proto
	first, last int
}{
	{"TCP", u8proto.TCP, 1, 65535},
	{"UDP", u8proto.UDP, 1, 65535},
	{"SCTP", u8proto.SCTP, 1, 65535},
	{"ICMP", u8proto.ICMP, 0, 255},
	{"ICMPv6", u8proto.ICMPv6, 0, 255},
}

func everything() reach {
	all := reach{}
	for _, protocol := range protocols {
		all[protocol.name] = [][2]int{{protocol.first, protocol.last}}
	}
	return all
}

func judge(logger *slog.Logger, version Version, asked *question, policies []parsed, world *world) (*answer, error) {
	known := identity.IdentityMap{}
	for number, id := range world.identities {
		known[number] = id.LabelArray
	}
	manager := identitymanager.NewIDManager(logger)
	repository := policy.NewPolicyRepository(logger, known, nil, nil, manager, noMetrics{})
	// Peers are selected from the one cache, subjects from the other.
	var done sync.WaitGroup
	repository.GetSubjectSelectorCache().UpdateIdentities(known, nil, &done)
	done.Wait()
	for _, each := range policies {
		// As the agent does: MustAdd would lose the namespace.
		repository.ReplaceByResource(each.entries, each.resource)
	}

	peers := asked.Peers
	if peers == nil {
		for _, endpoint := range asked.Endpoints {
			peers = append(peers, endpoint.Name)
		}
	}
	result := &answer{Refused: []refusal{}, Subjects: map[string]*subjectVerdict{}}
	subjects, senders := map[string]*identity.Identity{}, map[identity.NumericIdentity]*resolved{}
	for _, name := range asked.Subjects {
		id := world.of[name]
		if id == nil {
			return nil, fmt.Errorf("no endpoint is called %q", name)
		}
		if world.unguarded[id.ID] {
			return nil, fmt.Errorf("the subject %q is no pod", name)
		}
		if senders[id.ID] == nil {
			sender, err := resolve(logger, version, repository, manager, id, asked.Exhaustive)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			senders[id.ID] = sender
		}
		subjects[name] = id
		result.Subjects[name] = &subjectVerdict{senders[id.ID].entries, map[string]*peerVerdict{}}
	}
	type pair struct{ from, to identity.NumericIdentity }
	verdicts := map[pair]*peerVerdict{}
	for _, peer := range peers {
		to := world.of[peer]
		if to == nil {
			return nil, fmt.Errorf("no endpoint is called %q", peer)
		}
		var receiver *resolved
		for name, from := range subjects {
			verdict := verdicts[pair{from.ID, to.ID}]
			if verdict == nil {
				verdict = &peerVerdict{senders[from.ID].reach(policy.EgressKey(), to.ID), everything()}
				if receiver == nil && !world.unguarded[to.ID] {
					var err error
					if receiver, err = resolve(logger, version, repository, manager, to, asked.Exhaustive); err != nil {
						return nil, fmt.Errorf("%s: %w", peer, err)
					}
				}
				if receiver != nil {
					verdict.Ingress = receiver.reach(policy.IngressKey(), from.ID)
				}
				verdicts[pair{from.ID, to.ID}] = verdict
			}
			result.Subjects[name].Peers[peer] = verdict
		}
	}
	return result, nil
}

// resolved is an identity's policy map, as the agent would write it for the datapath.
type resolved struct {
	policy     *policy.EndpointPolicy
	entries    int
	keys       map[bool]map[identity.NumericIdentity][]policy.Key
	aggregates []identity.NumericIdentity
	exhaustive bool
}

func resolve(
	logger *slog.Logger, version Version, repository *policy.Repository, manager identitymanager.IDManager,
	id *identity.Identity, exhaustive bool,
) (*resolved, error) {
	manager.Add(id)
	defer manager.Remove(id)
	selected, err := version.Resolve(repository, id)
	if err != nil {
		return nil, err
	}
	// Without a port of the proxy, the engine leaves out what an L7 rule filters.
	redirects := map[string]uint16{}
	for filter, tuple := range selected.RedirectFilters() {
		key := policy.ProxyID(1, filter.Ingress, string(filter.Protocol), filter.Port, tuple.Policy.GetListener())
		redirects[key] = 10000
	}
	distilled := selected.DistillPolicy(logger, version.Owner(Owner{id.ID == identity.ReservedIdentityHost}), redirects)
	if err := distilled.Ready(); err != nil {
		return nil, err
	}
	distilled.Detach(logger)
	r := &resolved{
		policy: distilled, aggregates: version.Aggregates, exhaustive: exhaustive,
		keys: map[bool]map[identity.NumericIdentity][]policy.Key{true: {}, false: {}},
	}
	for key := range distilled.Entries() {
		r.entries++
		of := r.keys[key.IsEgress()]
		of[key.Identity] = append(of[key.Identity], key)
	}
	return r, nil
}

// reach looks up every port. A lookup takes the entries of the peer and of its aggregate whose port prefix covers the port, so it
// cannot change but where such an entry begins or ends: one lookup in each interval between those places stands for all.
func (r *resolved) reach(direction policy.Key, peer identity.NumericIdentity) reach {
	of := r.keys[direction.IsEgress()]
	keys := slices.Clone(of[peer])
	for _, aggregate := range r.aggregates {
		keys = append(keys, of[aggregate]...)
	}
	result := reach{}
	for _, protocol := range protocols {
		places := []int{protocol.first}
		for _, key := range keys {
			if key.Nexthdr == protocol.number || key.Nexthdr == u8proto.ANY {
				places = append(places, int(key.DestPort), int(key.EndPort())+1)
			}
		}
		if r.exhaustive {
			for port := protocol.first; port <= protocol.last; port++ {
				places = append(places, port)
			}
		}
		slices.Sort(places)
		places = slices.DeleteFunc(slices.Compact(places), func(port int) bool {
			return port < protocol.first || port > protocol.last
		})
		ranges := [][2]int{}
		for i, first := range places {
			last := protocol.last
			if i+1 < len(places) {
				last = places[i+1] - 1
			}
			// With all 16 bits of the port, even if it is ICMP's type 0.
			key := direction.WithIdentity(peer).WithPortProtoPrefix(protocol.number, uint16(first), 16)
			if entry, _, _ := r.policy.Lookup(key); entry.IsDeny() {
				continue
			}
			if n := len(ranges); n > 0 && ranges[n-1][1] == first-1 {
				ranges[n-1][1] = last
			} else {
				ranges = append(ranges, [2]int{first, last})
			}
		}
		result[protocol.name] = ranges
	}
	return result
}

type noMetrics struct{}

func (noMetrics) AddRule(types.PolicyEntry) {}
func (noMetrics) DelRule(types.PolicyEntry) {}
