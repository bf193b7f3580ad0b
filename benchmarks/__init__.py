"""What is promised about speed, measured."""
