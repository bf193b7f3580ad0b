"""Who answers for a point on a day (归属)."""
