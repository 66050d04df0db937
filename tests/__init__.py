"""The tests; a package of its own, since some that are installed bring one of this name."""
