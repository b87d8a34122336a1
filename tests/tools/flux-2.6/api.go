// Package api names the packages of Flux with types of objects, so that go mod tidy keeps what these need.
package api

import (
	_ "github.com/fluxcd/helm-controller/api/v2"
)
