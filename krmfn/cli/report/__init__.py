"""`krmfn report`: one HTML page about a repository."""
