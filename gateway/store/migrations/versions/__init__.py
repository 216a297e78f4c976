"""One file a step of the schema; the first is the whole of it."""
