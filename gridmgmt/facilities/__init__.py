"""Public toilets, transfer stations, collection houses, demolition sites (设施)."""
