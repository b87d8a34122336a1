module krmfn.dev/tests/tools/helmreleases-2.7

go 1.24.0

require github.com/fluxcd/helm-controller v1.4.0
