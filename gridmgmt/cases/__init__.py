"""Incident reports and cases (问题上报, 案卷)."""
