"""Who can talk to whom: what the generated policies and the platform's own let through, and which of them decide."""
