"""People, places and organisations, found by small models that are shipped with the gateway."""
