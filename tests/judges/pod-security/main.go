// Command pod-security says of each pod on stdin whether Kubernetes' own Pod Security admits it.
package main

import (
	"encoding/json"
	"log"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type pod struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     corev1.PodSpec    `json:"spec"`
}

type question struct {
	Level string `json:"level"`
	Pods  []pod  `json:"pods"`
}

type verdict struct {
	Allowed bool   `json:"allowed"`
	Detail  string `json:"detail"`
}

func main() {
	var asked question
	decoder := json.NewDecoder(os.Stdin)
	if err := decoder.Decode(&asked); err != nil {
		log.Fatal(err)
	}
	level, err := api.ParseLevel(asked.Level)
	if err != nil {
		log.Fatal(err)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		log.Fatal(err)
	}
	verdicts := make([]verdict, len(asked.Pods))
	for i := range asked.Pods {
		each := &asked.Pods[i]
		found := policy.AggregateCheckResults(evaluator.EvaluatePod(
			api.LevelVersion{Level: level, Version: api.LatestVersion()}, &each.Metadata, &each.Spec))
		verdicts[i] = verdict{Allowed: found.Allowed, Detail: found.ForbiddenDetail()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		log.Fatal(err)
	}
}
