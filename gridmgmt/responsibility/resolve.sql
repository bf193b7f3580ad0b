-- Who answers for each row of points(id, point, day, class_key), one row each, in no order.
-- point: storage CRS, on the 1/1024 m grid; day: local date; class_key: 'kind:code' of the managed class, or null.
-- Ties: lowest code (byte order) among the unit grids that cover the point; lowest (distance in whole millimetres, code)
-- among the road segments within their limit.
SELECT
    points.id,
    edition.id AS edition_id,
    edition.name AS edition_name,
    finest.level AS finest_level,
    chain.district_code,
    chain.district_name,
    chain.street_office_code,
    chain.street_office_name,
    chain.community_code,
    chain.community_name,
    chain.unit_grid_code,
    chain.unit_grid_name,
    coalesce(grids.codes[2:], '{}') AS shared_with,
    CASE
        WHEN finest.level = 'unit_grid' THEN st_distance(st_boundary(finest.shape), points.point)
    END AS border_distance_m,
    segment.code AS segment_code,
    segment.name AS segment_name,
    segment.road_class,
    segment.distance_m AS segment_distance_m,
    zone_of.code AS zone_code,
    zone_of.name AS zone_name,
    chief.appointment_id,
    chief.person_id,
    chief.name AS chief_name,
    chief.phone AS chief_phone,
    chief.agency AS chief_agency,
    CASE
        WHEN edition.id IS NULL THEN 'no_edition'
        WHEN chief.by_segment THEN 'segment'
        WHEN chief.appointment_id IS NOT NULL THEN 'zone'
        WHEN finest.level IS NULL THEN 'outside'
        WHEN finest.level <> 'unit_grid' THEN 'no_grid'
        WHEN zone_of.code IS NULL THEN 'no_zone'
        ELSE 'no_chief'
    END AS basis
FROM points
CROSS JOIN city_profile
LEFT JOIN boundary_edition AS edition
    ON points.day >= edition.valid_from AND (edition.valid_to IS NULL OR points.day < edition.valid_to)
-- 1. the unit grids that cover the point, border included
LEFT JOIN LATERAL (
    SELECT array_agg(area.code ORDER BY area.code COLLATE "C") AS codes
    FROM area
    WHERE
        area.level = 'unit_grid'
        AND st_covers(area.shape, points.point)
        AND points.day >= area.valid_from AND (area.valid_to IS NULL OR points.day < area.valid_to)
) AS grids ON TRUE
-- 2. the finest area that covers it: the first of those, or, where there is a gap, the first community, street office, district
LEFT JOIN LATERAL (
    (
        SELECT area.level, area.code, area.name, area.parent_code, area.shape
        FROM area
        WHERE
            area.level = 'unit_grid' AND area.code = grids.codes[1]
            AND points.day >= area.valid_from AND (area.valid_to IS NULL OR points.day < area.valid_to)
    )
    UNION ALL
    (
        SELECT area.level, area.code, area.name, area.parent_code, area.shape
        FROM area
        WHERE
            grids.codes IS NULL AND area.level = 'community' AND st_covers(area.shape, points.point)
            AND points.day >= area.valid_from AND (area.valid_to IS NULL OR points.day < area.valid_to)
        ORDER BY area.code COLLATE "C" LIMIT 1
    )
    UNION ALL
    (
        SELECT area.level, area.code, area.name, area.parent_code, area.shape
        FROM area
        WHERE
            grids.codes IS NULL AND area.level = 'street_office' AND st_covers(area.shape, points.point)
            AND points.day >= area.valid_from AND (area.valid_to IS NULL OR points.day < area.valid_to)
        ORDER BY area.code COLLATE "C" LIMIT 1
    )
    UNION ALL
    (
        SELECT area.level, area.code, area.name, area.parent_code, area.shape
        FROM area
        WHERE
            grids.codes IS NULL AND area.level = 'district' AND st_covers(area.shape, points.point)
            AND points.day >= area.valid_from AND (area.valid_to IS NULL OR points.day < area.valid_to)
        ORDER BY area.code COLLATE "C" LIMIT 1
    )
    LIMIT 1 -- branches run in this order: the finest comes first
) AS finest ON TRUE
-- 3. its parents of that day, by code, and the zone of the finest area that has one
LEFT JOIN LATERAL (
    WITH RECURSIVE ancestor AS (
        SELECT finest.level, finest.code, finest.name, finest.parent_code
        WHERE finest.code IS NOT NULL
        UNION ALL
        SELECT area.level, area.code, area.name, area.parent_code
        FROM ancestor
        INNER JOIN area
            ON
                area.level = city_profile.levels[array_position(city_profile.levels, ancestor.level) - 1]
                AND ancestor.parent_code = area.code
                AND points.day >= area.valid_from AND (area.valid_to IS NULL OR points.day < area.valid_to)
    )

    SELECT
        max(ancestor.code) FILTER (WHERE ancestor.level = 'district') AS district_code,
        max(ancestor.name) FILTER (WHERE ancestor.level = 'district') AS district_name,
        max(ancestor.code) FILTER (WHERE ancestor.level = 'street_office') AS street_office_code,
        max(ancestor.name) FILTER (WHERE ancestor.level = 'street_office') AS street_office_name,
        max(ancestor.code) FILTER (WHERE ancestor.level = 'community') AS community_code,
        max(ancestor.name) FILTER (WHERE ancestor.level = 'community') AS community_name,
        max(ancestor.code) FILTER (WHERE ancestor.level = 'unit_grid') AS unit_grid_code,
        max(ancestor.name) FILTER (WHERE ancestor.level = 'unit_grid') AS unit_grid_name
    FROM ancestor
) AS chain ON TRUE
LEFT JOIN LATERAL (
    SELECT zone.code, zone.name
    FROM (
        VALUES ('unit_grid', chain.unit_grid_code, 1), ('community', chain.community_code, 2),
        ('street_office', chain.street_office_code, 3), ('district', chain.district_code, 4)
    ) AS part (level, code, rank)
    INNER JOIN zone_member
        ON
            part.level = zone_member.level AND part.code = zone_member.area_code
            AND points.day >= zone_member.valid_from AND (zone_member.valid_to IS NULL OR points.day < zone_member.valid_to)
    INNER JOIN zone ON zone_member.zone_code = zone.code
    ORDER BY part.rank LIMIT 1
) AS zone_of ON TRUE
-- 4. the nearest road segment within its limit: the rule of the managed class, else of the road class, else the default
LEFT JOIN LATERAL (
    SELECT
        (city_profile.snap_limits -> 'managed_class' ->> points.class_key)::float8 AS class_m,
        (city_profile.snap_limits ->> 'default_m')::float8 AS default_m,
        (SELECT max(rule.value::float8) FROM jsonb_each_text(city_profile.snap_limits -> 'road_class') AS rule) AS widest_m
) AS snap_limit ON TRUE
LEFT JOIN LATERAL (
    SELECT near.code, near.name, near.road_class, near.distance_m
    FROM (
        SELECT
            road_segment.code,
            road_segment.name,
            road_segment.road_class,
            st_distance(road_segment.line, points.point) AS distance_m,
            coalesce(
                snap_limit.class_m, (city_profile.snap_limits -> 'road_class' ->> road_segment.road_class)::float8, snap_limit.default_m
            ) AS limit_m
        FROM road_segment
        WHERE
            st_dwithin(
                road_segment.line, points.point,
                coalesce(snap_limit.class_m, greatest(snap_limit.widest_m, snap_limit.default_m)) + 0.000001
            )
            AND points.day >= road_segment.valid_from AND (road_segment.valid_to IS NULL OR points.day < road_segment.valid_to)
    ) AS near
    WHERE near.distance_m <= near.limit_m + 0.000001 -- a micrometre: no rounding of the last digits decides
    ORDER BY round(near.distance_m * 1000), near.code COLLATE "C" LIMIT 1
) AS segment ON TRUE
-- 5. the road chief of that day: of the segment, else of the zone
LEFT JOIN LATERAL (
    SELECT
        appointment.id AS appointment_id,
        appointment.segment_code IS NOT NULL AS by_segment,
        person.id AS person_id,
        person.name,
        person.phone,
        person.agency
    FROM appointment
    INNER JOIN person ON appointment.person_id = person.id
    WHERE
        appointment.post = 'road_chief'
        AND (
            appointment.segment_code = segment.code
            OR (appointment.zone_code = zone_of.code AND appointment.segment_code IS NULL)
        )
        AND points.day >= appointment.valid_from AND (appointment.valid_to IS NULL OR points.day < appointment.valid_to)
    ORDER BY appointment.segment_code IS NULL LIMIT 1
) AS chief ON TRUE
