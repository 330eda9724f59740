"""What the functions and the operator's tools share: keys, quotas, the registry and its answers."""
