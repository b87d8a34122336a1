// Package api names the packages of Flux with types of objects, so that go mod tidy keeps what these need.
package api

import (
	_ "github.com/fluxcd/helm-controller/api/v2"
	_ "github.com/fluxcd/kustomize-controller/api/v1"
	_ "github.com/fluxcd/source-controller/api/v1"
)
