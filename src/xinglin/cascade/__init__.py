"""The tree of nodes: exchange above topology."""
