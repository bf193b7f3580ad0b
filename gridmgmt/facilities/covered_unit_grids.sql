-- Codes of the unit grids within the radius of a facility in service; coverage_store.py puts the window in its place.
SELECT area.code
FROM area
WHERE
    area.level = 'unit_grid' AND area.shape IS NOT NULL
    AND :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to)
    AND in_window
    AND EXISTS (
        SELECT FROM facility
        WHERE
            st_dwithin(facility.point, st_pointonsurface(area.shape), :radius_m)
            AND facility.kind = :kind
            AND (facility.status = any(:serving) OR (facility.status = any(:ended) AND facility.closed_on > :day))
            AND (facility.opened_on IS NULL OR facility.opened_on <= :day)
            AND (facility.closed_on IS NULL OR facility.closed_on > :day)
    )
ORDER BY area.code COLLATE "C"
