"""The topology as values: clusters, releases, fences and meshes, by tenant."""
