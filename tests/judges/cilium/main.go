// The judge on the policy engine of Cilium 1.19.
package main

import (
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/spanstat"
	"github.com/cilium/cilium/pkg/u8proto"

	"krmfn.dev/tests/judges/cilium/judge"
)

type owner struct{ judge.Owner }

func (o owner) GetNamedPort(_ bool, name string, protocol u8proto.U8proto) uint16 {
	return o.NoPort(name, protocol)
}
func (owner) PreviousMapState() *policy.MapState { return nil }

type noStatistics struct{ waiting, calculation spanstat.SpanStat }

func (s *noStatistics) WaitingForPolicyRepository() *spanstat.SpanStat { return &s.waiting }
func (s *noStatistics) SelectorPolicyCalculation() *spanstat.SpanStat  { return &s.calculation }

func main() {
	judge.Main(judge.Version{
		Name:       "1.19",
		Configure:  func() { option.Config.AllowLocalhost = option.AllowLocalhostAlways },
		Owner:      func(shared judge.Owner) policy.PolicyOwner { return owner{shared} },
		Aggregates: []identity.NumericIdentity{identity.IdentityUnknown},
		Resolve: func(repository *policy.Repository, id *identity.Identity) (policy.SelectorPolicy, error) {
			selected, _, err := repository.GetSelectorPolicy(id, 0, &noStatistics{}, 1)
			return selected, err
		},
	})
}
