module krmfn.dev/tests/judges/cilium

go 1.26

require github.com/cilium/cilium v1.19.5
