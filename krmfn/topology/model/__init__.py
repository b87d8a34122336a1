"""What there is, as values: clusters, releases, fences, meshes, and what they come to by tenant."""
