package judge

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strconv"

	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	ipcachetypes "github.com/cilium/cilium/pkg/ipcache/types"
	"github.com/cilium/cilium/pkg/k8s"
	"github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2/validator"
	slim "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/policy/utils"
)

type refusal struct {
	Policy string `json:"policy"`
	// The API server ("schema"), Cilium's agent ("rule"), or this judge, which cannot say what the policy does ("judge").
	By      string `json:"by"`
	Message string `json:"message"`
}

type parsed struct {
	resource ipcachetypes.ResourceID
	entries  types.PolicyEntries
}

// parser outlives a question: the schemas take longer to read than a question to answer.
type parser struct {
	logger    *slog.Logger
	version   Version
	validator *validator.NPValidator
	schemas   map[string]definitions
	// Those of Cilium, and of the question.
	shipped, definitions definitions
	cluster              string
}

func newParser(logger *slog.Logger, version Version) (*parser, error) {
	p := &parser{logger: logger, version: version, schemas: map[string]definitions{}, shipped: definitions{}}
	var err error
	if p.validator, err = validator.NewNPValidator(logger); err != nil {
		return nil, err
	}
	for _, name := range []string{client.CNPCRDName, client.CCNPCRDName} {
		// Through JSON and back, for the defaults that the API server also sets.
		text, err := json.Marshal(client.GetPregeneratedCRD(logger, name))
		if err != nil {
			return nil, err
		}
		if err := p.shipped.add(text); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// define makes the definitions those of Cilium and of these CRDs.
func (p *parser) define(crds []json.RawMessage) error {
	p.definitions = maps.Clone(p.shipped)
	for _, crd := range crds {
		known := p.schemas[string(crd)]
		if known == nil {
			known = definitions{}
			if err := known.add(crd); err != nil {
				return err
			}
			p.schemas[string(crd)] = known
		}
		maps.Copy(p.definitions, known)
	}
	return nil
}

func (p *parser) parse(asked *question) ([]parsed, []refusal, error) {
	p.cluster = asked.Cluster
	if asked.AnyCluster {
		p.cluster = cmtypes.PolicyAnyCluster
	}
	if err := p.define(asked.Definitions); err != nil {
		return nil, nil, err
	}
	all, refused, seen := []parsed{}, []refusal{}, map[ipcachetypes.ResourceID]bool{}
	for _, raw := range asked.Policies {
		var object unstructured.Unstructured
		if err := json.Unmarshal(raw, &object); err != nil {
			return nil, nil, err
		}
		name := fmt.Sprintf("%s %s/%s", object.GetKind(), object.GetNamespace(), object.GetName())
		resource := ipcachetypes.NewResourceID(
			ipcachetypes.ResourceKind(object.GetKind()), object.GetNamespace(), object.GetName())
		if seen[resource] {
			return nil, nil, fmt.Errorf("%s is there twice", name)
		}
		seen[resource] = true
		entries, by, err := p.one(raw, &object)
		if err == nil {
			by, err = "judge", numbered(entries)
		}
		if err != nil {
			refused = append(refused, refusal{name, by, err.Error()})
		} else {
			all = append(all, parsed{resource, entries})
		}
	}
	return all, refused, nil
}

func (p *parser) one(raw []byte, object *unstructured.Unstructured) (types.PolicyEntries, string, error) {
	namespaced := object.GetNamespace() != ""
	switch kind := object.GetAPIVersion() + " " + object.GetKind(); kind {
	case "cilium.io/v2 CiliumNetworkPolicy":
		if !namespaced {
			return nil, "schema", fmt.Errorf("has no namespace; Cilium would take it for a clusterwide policy")
		}
		// Parsing skips the schema of the CRD: without this, a misspelt field would be a policy that does nothing.
		if err := p.definitions.strict(object, p.validator.ValidateCNP); err != nil {
			return nil, "schema", err
		}
		var policy v2.CiliumNetworkPolicy
		if err := json.Unmarshal(raw, &policy); err != nil {
			return nil, "schema", err
		}
		return p.rules(object, policy.Parse)
	case "cilium.io/v2 CiliumClusterwideNetworkPolicy":
		if namespaced {
			return nil, "schema", fmt.Errorf("is clusterwide and has a namespace")
		}
		if err := p.definitions.strict(object, p.validator.ValidateCCNP); err != nil {
			return nil, "schema", err
		}
		var policy v2.CiliumClusterwideNetworkPolicy
		if err := json.Unmarshal(raw, &policy); err != nil {
			return nil, "schema", err
		}
		return p.rules(object, policy.Parse)
	case "networking.k8s.io/v1 NetworkPolicy":
		if !namespaced {
			return nil, "schema", fmt.Errorf("has no namespace")
		}
		unknown, err := kjson.UnmarshalStrict(raw, &networking.NetworkPolicy{})
		if err == nil && len(unknown) > 0 {
			err = unknown[0]
		}
		var policy slim.NetworkPolicy
		if err == nil {
			err = json.Unmarshal(raw, &policy)
		}
		if err != nil {
			return nil, "schema", err
		}
		entries, err := k8s.ParseNetworkPolicy(p.logger, p.cluster, &policy)
		return entries, "rule", err
	default:
		parse := p.version.Kinds[kind]
		if parse == nil {
			return nil, "judge", fmt.Errorf("%s is no network policy of Cilium %s", kind, p.version.Name)
		}
		if err := p.definitions.strict(object, p.definitions.valid); err != nil {
			return nil, "schema", err
		}
		return parse(p.logger, p.cluster, object)
	}
}

func (p *parser) rules(
	object *unstructured.Unstructured, parse func(*slog.Logger, string) (api.Rules, error),
) (types.PolicyEntries, string, error) {
	if err := resolvedElsewhere(object.Object, ""); err != nil {
		return nil, "judge", err
	}
	// With the cluster's name: 1.19 makes selectors local to it by default.
	rules, err := parse(p.logger, p.cluster)
	return utils.RulesToPolicyEntries(rules), "rule", err
}

// resolvedElsewhere refuses what the agent turns into other peers before the engine sees it. With toServices it does that to
// allows only, so in a deny it really is what the engine makes of it: nothing.
func resolvedElsewhere(value any, in string) error {
	switch value := value.(type) {
	case []any:
		for _, inner := range value {
			if err := resolvedElsewhere(inner, in); err != nil {
				return err
			}
		}
	case map[string]any:
		for field, inner := range value {
			switch field {
			case "matchLabels":
				continue
			case "toGroups", "fromGroups", "toNodes", "fromNodes", "cidrGroupRef", "cidrGroupSelector":
				return fmt.Errorf("%s is not judged", field)
			case "toServices":
				if in == "egress" {
					return fmt.Errorf("toServices in an allow is not judged")
				}
			}
			if err := resolvedElsewhere(inner, field); err != nil {
				return err
			}
		}
	}
	return nil
}

// numbered refuses the names of ports, which only the containers of a pod could resolve.
func numbered(entries types.PolicyEntries) error {
	for _, entry := range entries {
		for _, rule := range entry.L4 {
			for _, port := range rule.Ports {
				if _, err := strconv.ParseUint(port.Port, 10, 16); err != nil && port.Port != "" {
					return fmt.Errorf("the named port %s is not judged", port.Port)
				}
			}
		}
	}
	return nil
}
