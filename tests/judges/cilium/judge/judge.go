// Package judge reads worlds and their network policies from stdin (JSON) and writes a line for each: for each subject, what
// Cilium's own policy engine lets it send to each peer, and how many entries the subject costs in its policy map. No answer
// depends on what was asked before. Each module that uses it pins a version of Cilium, which this package is then compiled
// against.
//
// The engine decides on packets that are already translated: a Service is judged as the pod and the targetPort behind it.
// It does not decide: toServices, toGroups, toNodes, CIDR groups and named ports (a policy that has one in an allow is
// refused), L7 rules (what they filter counts as allowed), and IP protocols other than TCP, UDP, SCTP, ICMP and ICMPv6, which
// Cilium's datapath drops.
package judge

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/cilium/cilium/pkg/endpoint/regeneration"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/u8proto"
)

// Version is what the versions of Cilium do not share.
type Version struct {
	Name string
	// Sets the options that are elsewhere in the next version.
	Configure func()
	// The endpoint whose policy is resolved.
	Owner func(Owner) policy.PolicyOwner
	// The policy of an identity, by its selectors.
	Resolve func(*policy.Repository, *identity.Identity) (policy.SelectorPolicy, error)
	// Identities whose entries in the policy map are for many peers.
	Aggregates []identity.NumericIdentity
	// Policies beyond those of all versions, by apiVersion and kind.
	Kinds map[string]Kind
}

// Kind makes rules of a policy, which keeps to the CRD that came with the question. The string is the name of the cluster;
// the other is who refuses the policy, where there is an error.
type Kind func(*slog.Logger, string, *unstructured.Unstructured) (types.PolicyEntries, string, error)

// Owner is what the owners of policies have in all versions.
type Owner struct{ host bool }

func (Owner) GetID() uint64              { return 1 }
func (Owner) PolicyDebug(string, ...any) {}
func (o Owner) IsHost() bool             { return o.host }
func (Owner) RegenerateIfAlive(*regeneration.ExternalRegenerationMetadata) <-chan bool {
	return make(chan bool)
}

// NoPort is that the endpoint has no port of any name.
func (Owner) NoPort(string, u8proto.U8proto) uint16 { return 0 }

type question struct {
	// The name of the management cluster in Cilium, "default" unless somebody meshes.
	Cluster string `json:"cluster"`
	// policyDefaultLocalCluster: false, in which selectors also match outside of the cluster.
	AnyCluster bool `json:"anyCluster"`
	// Whether the cluster has IPv6 as well as IPv4.
	DualStack  bool                         `json:"dualStack"`
	Policies   []json.RawMessage            `json:"policies"`
	Namespaces map[string]map[string]string `json:"namespaces"`
	Endpoints  []endpoint                   `json:"endpoints"`
	Subjects   []string                     `json:"subjects"`
	// The endpoints to give verdicts on; all of them if absent. The others still cost entries.
	Peers []string `json:"peers"`
	// Evaluate each port on its own rather than each interval on which the engine's map cannot change.
	Exhaustive bool `json:"exhaustive"`
	// The CRDs of kinds whose schemas Cilium does not carry.
	Definitions []json.RawMessage `json:"definitions"`
}

type answer struct {
	// Why the question makes no sense. If it is there, nothing else is.
	Impossible string `json:"impossible"`
	// What the API server or Cilium refuses, or this program cannot judge. If there is any, there are no verdicts.
	Refused  []refusal                  `json:"refused"`
	Subjects map[string]*subjectVerdict `json:"subjects"`
}

type subjectVerdict struct {
	Entries int                     `json:"entries"`
	Peers   map[string]*peerVerdict `json:"peers"`
}

type peerVerdict struct {
	Egress  reach `json:"egress"`
	Ingress reach `json:"ingress"`
}

// Main answers the questions on stdin, one after the other, until there are no more.
func Main(version Version) {
	if err := serve(version); err != io.EOF {
		fmt.Fprintln(os.Stderr, "cilium-judge:", err)
		os.Exit(1)
	}
}

func serve(version Version) error {
	logger := slog.New(slog.DiscardHandler)
	parser, err := newParser(logger, version)
	if err != nil {
		return err
	}
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	questions.DisallowUnknownFields()
	for {
		var asked question
		if err := questions.Decode(&asked); err != nil {
			return err
		}
		found, err := run(logger, version, parser, &asked)
		if err != nil {
			found = &answer{Impossible: err.Error()}
		}
		if err := answers.Encode(found); err != nil {
			return err
		}
	}
}

func run(logger *slog.Logger, version Version, parser *parser, asked *question) (*answer, error) {
	if err := configure(logger, asked.Cluster, asked.DualStack); err != nil {
		return nil, err
	}
	version.Configure()
	policies, refused, err := parser.parse(asked)
	if err != nil || len(refused) > 0 {
		return &answer{Refused: refused}, err
	}
	world, err := populate(logger, asked, policies)
	if err != nil {
		return nil, err
	}
	return judge(logger, version, asked, policies, world)
}
