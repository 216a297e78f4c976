"""A month of a district that does not exist: what no example thinks of comes up by itself."""
