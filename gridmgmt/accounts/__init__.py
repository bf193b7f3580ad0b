"""Accounts (账号): who may do what, and where."""
