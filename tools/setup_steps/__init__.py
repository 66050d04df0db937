"""The steps of ``tools/setup``, one part of the machine each."""
