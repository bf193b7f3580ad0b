"""Which unit a case goes to (派遣规则): ordered rules as data, matched and explained."""
