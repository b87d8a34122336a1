// Reads a chart's folder and lists of objects from stdin and writes, for each list, what Flux applies of a HelmRelease that has it in
// its values, and how many bytes its Secret takes: Helm 4's own code, installed by the settings of helm-controller v1.6.0.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"os"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/release/common"
	release "helm.sh/helm/v4/pkg/release/v1"
	"helm.sh/helm/v4/pkg/storage/driver"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"sigs.k8s.io/kustomize/api/builtins"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

type request struct {
	Chart    string            `json:"chart"`
	Releases []json.RawMessage `json:"releases"`
}

type verdict struct {
	Objects []json.RawMessage `json:"objects"`
	Hooks   int               `json:"hooks"`
	Bytes   int               `json:"bytes"`
	Error   string            `json:"error,omitempty"`
}

func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	verdicts := make([]verdict, len(asked.Releases))
	for i, values := range asked.Releases {
		found, err := judge(asked.Chart, values)
		if err != nil {
			found = verdict{Error: err.Error()}
		}
		verdicts[i] = found
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(verdicts); err != nil {
		log.Fatal(err)
	}
}

func judge(folder string, raw json.RawMessage) (v verdict, err error) {
	chart, err := loader.Load(folder)
	if err != nil {
		return v, err
	}
	// As HelmRelease.GetValues does: numbers become float64.
	var values map[string]any
	if err := yaml.Unmarshal(raw, &values); err != nil {
		return v, err
	}
	install := action.NewInstall(action.NewConfiguration())
	install.DryRunStrategy = action.DryRunClient
	install.ReleaseName = "krmfn-boundary"
	install.Namespace = "krmfn-system"
	install.ServerSideApply = true
	install.SkipCRDs = true
	install.PostRenderer = originLabels{}
	installed, err := install.RunWithContext(context.Background(), chart, values)
	if err != nil {
		return v, err
	}
	made, ok := installed.(*release.Release)
	if !ok {
		return v, errors.New("not a release of Helm's chart API v2")
	}
	made.SetStatus(common.StatusDeployed, "Helm upgrade succeeded for release krmfn-system/krmfn-boundary.v100000")
	made.Version = 100000
	v.Hooks = len(made.Hooks)
	if v.Objects, err = objects(made.Manifest); err != nil {
		return v, err
	}
	v.Bytes, err = stored(made)
	return v, err
}

// objects reads a manifest as Helm's Kubernetes client does.
func objects(manifest string) ([]json.RawMessage, error) {
	found := []json.RawMessage{}
	reader := kubeyaml.NewYAMLReader(bufio.NewReader(bytes.NewBufferString(manifest)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		object, err := yaml.YAMLToJSON(document)
		if err != nil {
			return nil, err
		}
		if string(object) != "null" {
			found = append(found, object)
		}
	}
}

// stored returns the bytes that the API server counts of a Secret: its data, as Helm's driver fills it.
func stored(made *release.Release) (int, error) {
	taken := &secrets{}
	if err := driver.NewSecrets(taken).Create("sh.helm.release.v1.krmfn-boundary.v100000", made); err != nil {
		return 0, err
	}
	total := 0
	for _, value := range taken.created.Data {
		total += len(value)
	}
	return total, nil
}

type secrets struct {
	typed.SecretInterface
	created *corev1.Secret
}

func (s *secrets) Create(_ context.Context, secret *corev1.Secret, _ metav1.CreateOptions) (*corev1.Secret, error) {
	s.created = secret
	return secret, nil
}

// originLabels does what helm-controller's own post-renderer does, which is internal to it.
type originLabels struct{}

func (originLabels) Run(rendered *bytes.Buffer) (*bytes.Buffer, error) {
	resources, err := resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()).NewResMapFromBytes(rendered.Bytes())
	if err != nil {
		return nil, err
	}
	labels := builtins.LabelTransformerPlugin{
		Labels: map[string]string{
			// As long as a label's value may be.
			"helm.toolkit.fluxcd.io/name":      "kubernetes-a-cluster-with-a-name-as-long-as-it-may-be-boundary",
			"helm.toolkit.fluxcd.io/namespace": "tenant-with-a-name-that-is-exactly-as-long-as-a-namespaces-is-b",
		},
		FieldSpecs: []types.FieldSpec{{Path: "metadata/labels", CreateIfNotPresent: true}},
	}
	if err := labels.Transform(resources); err != nil {
		return nil, err
	}
	text, err := resources.AsYaml()
	return bytes.NewBuffer(text), err
}
