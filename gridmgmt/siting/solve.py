"""The solvers by their standard names, the rules they keep and the checkers: what a program of one's own imports (docs/library.md)."""

from gridmgmt.siting.capacitated import solve_capacitated
from gridmgmt.siting.center import solve_p_center
from gridmgmt.siting.check import faults as cover_faults
from gridmgmt.siting.check_distance import faults as distance_faults
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.median import solve_p_median
from gridmgmt.siting.model import Budget, Plan, Progress, Quota, Rules, Spacing
from gridmgmt.siting.solve_cover import solve_backup_cover, solve_lscp, solve_mclp

__all__ = [
    "Budget", "DistancePlan", "Plan", "Progress", "Quota", "Rules", "Spacing", "cover_faults", "distance_faults", "solve_backup_cover",
    "solve_capacitated", "solve_lscp", "solve_mclp", "solve_p_center", "solve_p_median",
]  # fmt: skip
