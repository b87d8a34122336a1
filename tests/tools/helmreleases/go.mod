module krmfn.dev/tests/tools/helmreleases

go 1.24.0

require github.com/fluxcd/helm-controller v1.6.0
