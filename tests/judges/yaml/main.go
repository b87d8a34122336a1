// Reads a JSON array of YAML documents from stdin and writes, for each, what Kubernetes' two YAML readers make of it:
// sigs.k8s.io/yaml (kubectl, API server) and gopkg.in/yaml.v3 (kustomize, kpt).
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"time"

	"gopkg.in/yaml.v3"
	sigs "sigs.k8s.io/yaml"
)

type verdict struct {
	Sigs        json.RawMessage `json:"sigs"`
	SigsError   string          `json:"sigsError,omitempty"`
	StrictError string          `json:"sigsStrictError,omitempty"`
	V3          any             `json:"v3"`
	V3Error     string          `json:"v3Error,omitempty"`
}

func main() {
	var documents []string
	if err := json.NewDecoder(os.Stdin).Decode(&documents); err != nil {
		log.Fatal(err)
	}
	verdicts := make([]verdict, len(documents))
	for i, document := range documents {
		verdicts[i] = judge([]byte(document))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(verdicts); err != nil {
		log.Fatal(err)
	}
}

func judge(document []byte) (v verdict) {
	converted, err := sigs.YAMLToJSON(document)
	if err != nil {
		v.SigsError = err.Error()
	} else {
		v.Sigs = converted
	}
	if _, err := sigs.YAMLToJSONStrict(document); err != nil {
		v.StrictError = err.Error()
	}
	var value any
	if err := yaml.Unmarshal(document, &value); err != nil {
		v.V3Error = err.Error()
	} else if v.V3, err = comparable(value); err != nil {
		v.V3Error = err.Error()
	}
	return v
}

// comparable gives a value the shape that JSON can carry. What JSON has no type for becomes an error rather than a string:
// a string that was read as a time must not compare equal to itself.
func comparable(value any) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			made, err := comparable(inner)
			if err != nil {
				return nil, err
			}
			value[key] = made
		}
		return value, nil
	case map[any]any:
		return nil, fmt.Errorf("a mapping has keys that are no strings: %v", value)
	case []any:
		for i, inner := range value {
			made, err := comparable(inner)
			if err != nil {
				return nil, err
			}
			value[i] = made
		}
		return value, nil
	case time.Time:
		return nil, fmt.Errorf("read as a time: %v", value)
	case float64:
		if math.IsInf(value, 0) || math.IsNaN(value) {
			return nil, fmt.Errorf("JSON has no %v", value)
		}
		return value, nil
	default:
		return value, nil
	}
}
