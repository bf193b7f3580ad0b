"""巡查: what road chiefs walk, which segments they covered, and how shops keep their frontages (门前三包)."""
