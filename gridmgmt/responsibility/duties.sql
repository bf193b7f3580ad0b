-- Every unit grid of a day, in byte order of its code: its areas above, its zone, the zone's road chief; resolve.sql for all grids at once.
WITH RECURSIVE ancestor AS (
    SELECT
        area.code AS grid_code,
        area.level,
        area.code,
        area.parent_code
    FROM area
    WHERE
        area.level = 'unit_grid' AND area.shape IS NOT NULL
        AND :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to)
    UNION ALL
    SELECT
        ancestor.grid_code,
        area.level,
        area.code,
        area.parent_code
    FROM ancestor
    CROSS JOIN city_profile
    INNER JOIN area
        ON
            area.level = city_profile.levels[array_position(city_profile.levels, ancestor.level) - 1]
            AND ancestor.parent_code = area.code
            AND :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to)
),

zone_of AS (
    SELECT DISTINCT ON (ancestor.grid_code)
        ancestor.grid_code,
        zone_member.zone_code
    FROM ancestor
    CROSS JOIN city_profile
    INNER JOIN zone_member
        ON
            ancestor.level = zone_member.level AND ancestor.code = zone_member.area_code
            AND :day >= zone_member.valid_from AND (zone_member.valid_to IS NULL OR :day < zone_member.valid_to)
    ORDER BY ancestor.grid_code, array_position(city_profile.levels, ancestor.level) DESC
)

SELECT
    ancestor.grid_code,
    max(ancestor.code) FILTER (WHERE ancestor.level = 'district') AS district_code,
    max(ancestor.code) FILTER (WHERE ancestor.level = 'street_office') AS street_office_code,
    max(ancestor.code) FILTER (WHERE ancestor.level = 'community') AS community_code,
    zone_of.zone_code,
    appointment.id AS appointment_id,
    appointment.person_id
FROM ancestor
LEFT JOIN zone_of ON ancestor.grid_code = zone_of.grid_code
LEFT JOIN appointment
    ON
        zone_of.zone_code = appointment.zone_code AND appointment.segment_code IS NULL AND appointment.post = 'road_chief'
        AND :day >= appointment.valid_from AND (appointment.valid_to IS NULL OR :day < appointment.valid_to)
GROUP BY ancestor.grid_code, zone_of.zone_code, appointment.id, appointment.person_id
ORDER BY ancestor.grid_code COLLATE "C"
