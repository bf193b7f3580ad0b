"""Road segments, responsibility zones, people and appointments (路, 责任区, 任职)."""
