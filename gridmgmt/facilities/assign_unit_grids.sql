-- The unit grid of facilities by the boundaries now open: closed predicate, lowest code wins.
UPDATE facility AS f
SET
    unit_grid_code = (
        SELECT a.code
        FROM area AS a
        WHERE a.level = 'unit_grid' AND a.valid_to IS NULL AND st_covers(a.shape, f.point)
        ORDER BY a.code
        LIMIT 1
    )
WHERE f.code = any(:codes)
