// Reads a world and its network policies from stdin (JSON) and writes, for each subject, what Cilium's own policy engine
// lets it send to each peer, and how many entries the subject costs in its policy map.
//
// The engine decides on packets that are already translated: a Service is judged as the pod and the targetPort behind it.
// It does not decide: toServices, toGroups, toNodes, CIDR groups and named ports (a policy that has one in an allow is
// refused), L7 rules (what they filter counts as allowed), and IP protocols other than TCP, UDP, SCTP, ICMP and ICMPv6, which
// Cilium's datapath drops.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
)

type question struct {
	// The name of the management cluster in Cilium, "default" unless somebody meshes.
	Cluster string `json:"cluster"`
	// policyDefaultLocalCluster: false, in which selectors also match outside of the cluster.
	AnyCluster bool                         `json:"anyCluster"`
	Policies   []json.RawMessage            `json:"policies"`
	Namespaces map[string]map[string]string `json:"namespaces"`
	Endpoints  []endpoint                   `json:"endpoints"`
	Subjects   []string                     `json:"subjects"`
	// The endpoints to give verdicts on; all of them if absent. The others still cost entries.
	Peers []string `json:"peers"`
	// Evaluate each port on its own rather than each interval on which the engine's map cannot change.
	Exhaustive bool `json:"exhaustive"`
}

type answer struct {
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

func main() {
	answer, err := run()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cilium-judge:", err)
		os.Exit(1)
	}
}

func run() (*answer, error) {
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	var asked question
	if err := decoder.Decode(&asked); err != nil {
		return nil, err
	}
	var warnings bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&warnings, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := configure(logger, asked.Cluster); err != nil {
		return nil, err
	}
	policies, refused, err := parse(logger, &asked)
	if err != nil || len(refused) > 0 {
		return &answer{Refused: refused}, err
	}
	world, err := populate(logger, &asked, policies)
	if err != nil {
		return nil, err
	}
	return judge(logger, &asked, policies, world)
}
