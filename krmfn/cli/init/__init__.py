"""`krmfn init`: a starter repository, one more tenant, or the step before krmfn takes over what Flux applies."""
