"""What is read from disk or from Git: the manifests under the paths of a command, their runs, and how these expand."""
