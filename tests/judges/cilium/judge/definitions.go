package judge

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// definitions are the schemas of CRDs, by apiVersion and kind.
type definitions map[string]definition

type definition struct {
	structural *schema.Structural
	validator  validation.SchemaCreateValidator
	namespaced bool
}

func (d definitions) add(crd []byte) error {
	var defined apiextensionsv1.CustomResourceDefinition
	if err := json.Unmarshal(crd, &defined); err != nil {
		return err
	}
	for _, version := range defined.Spec.Versions {
		var internal apiextensions.CustomResourceValidation
		if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(
			version.Schema, &internal, nil); err != nil {
			return err
		}
		structural, err := schema.NewStructural(internal.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		validator, _, err := validation.NewSchemaValidator(internal.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		key := fmt.Sprintf("%s/%s %s", defined.Spec.Group, version.Name, defined.Spec.Names.Kind)
		d[key] = definition{structural, validator, defined.Spec.Scope == apiextensionsv1.NamespaceScoped}
	}
	return nil
}

func (d definitions) of(object *unstructured.Unstructured) (definition, error) {
	key := object.GetAPIVersion() + " " + object.GetKind()
	defined, known := d[key]
	if !known {
		return defined, fmt.Errorf("the CRD of %s is missing in the question", key)
	}
	return defined, nil
}

// strict is what the API server does with fieldValidation: Strict. Cilium's validator does not look for unknown fields inside
// of label selectors; pruning by the CRD's schema does.
func (d definitions) strict(object *unstructured.Unstructured, validate func(*unstructured.Unstructured) error) error {
	if err := validate(object); err != nil {
		return err
	}
	defined, err := d.of(object)
	if err != nil {
		return err
	}
	pruned := object.DeepCopy().Object
	options := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	if unknown := pruning.PruneWithOptions(pruned, defined.structural, true, options); len(unknown) > 0 {
		return fmt.Errorf("unknown fields found: %v", unknown)
	}
	return nil
}

// valid is what the API server does with an object of a CRD whose validator Cilium does not ship, its CEL rules included.
func (d definitions) valid(object *unstructured.Unstructured) error {
	defined, err := d.of(object)
	if err != nil {
		return err
	}
	if defined.namespaced != (object.GetNamespace() != "") {
		return fmt.Errorf("it has a namespace or not, and its kind is the other: namespaced %t", defined.namespaced)
	}
	found := validation.ValidateCustomResource(nil, object.Object, defined.validator)
	found = append(found, listtype.ValidateListSetsAndMaps(nil, defined.structural, object.Object)...)
	if len(found) == 0 {
		// As the API server does: rules may rely on the schema.
		rules := cel.NewValidator(defined.structural, true, celconfig.PerCallLimit)
		found, _ = rules.Validate(
			context.Background(), nil, defined.structural, object.Object, nil, celconfig.RuntimeCELCostBudget)
	}
	return found.ToAggregate()
}
