-- Per area of the topmost level: facilities in service, unit grids and those covered, area and people within the radius.
WITH RECURSIVE serving AS MATERIALIZED (
    SELECT code, point
    FROM facility
    WHERE
        kind = :kind
        AND (status = any(:serving) OR (status = any(:ended) AND closed_on > :day))
        AND (opened_on IS NULL OR opened_on <= :day) AND (closed_on IS NULL OR closed_on > :day)
),

top AS MATERIALIZED (
    SELECT area.code, area.name, area.shape, area.area_m2
    FROM area
    INNER JOIN city_profile ON area.level = city_profile.levels[1]
    WHERE :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to) AND area.shape IS NOT NULL
),

unit_grid AS MATERIALIZED (
    SELECT
        area.code,
        area.parent_code,
        area.area_m2,
        exists(
            SELECT FROM facility
            WHERE
                st_dwithin(facility.point, st_pointonsurface(area.shape), :radius_m)
                AND facility.kind = :kind
                AND (facility.status = any(:serving) OR (facility.status = any(:ended) AND facility.closed_on > :day))
                AND (facility.opened_on IS NULL OR facility.opened_on <= :day)
                AND (facility.closed_on IS NULL OR facility.closed_on > :day)
        ) AS covered
    FROM area
    WHERE
        area.level = 'unit_grid' AND area.shape IS NOT NULL
        AND :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to)
),

-- unit grids and people add up from parent to parent until the topmost level
parent AS MATERIALIZED (
    SELECT
        parent_code,
        count(*) AS unit_grids,
        count(*) FILTER (WHERE covered) AS covered_unit_grids,
        coalesce(sum(area_m2) FILTER (WHERE covered), 0) / sum(area_m2) AS covered_share
    FROM unit_grid
    GROUP BY parent_code
),

chain AS (
    SELECT
        area.level,
        area.code,
        area.parent_code,
        parent.unit_grids,
        parent.covered_unit_grids,
        CASE WHEN area.level = 'community' THEN area.population END AS population,
        CASE WHEN area.level = 'community' THEN area.population * parent.covered_share END AS covered_population
    FROM parent
    CROSS JOIN city_profile
    INNER JOIN area
        ON
            area.level = city_profile.levels[cardinality(city_profile.levels) - 1]
            AND parent.parent_code = area.code
            AND :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to)
    UNION ALL
    SELECT
        area.level,
        area.code,
        area.parent_code,
        chain.unit_grids,
        chain.covered_unit_grids,
        chain.population,
        chain.covered_population
    FROM chain
    CROSS JOIN city_profile
    INNER JOIN area
        ON
            area.level = city_profile.levels[array_position(city_profile.levels, chain.level) - 1]
            AND chain.parent_code = area.code
            AND :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to)
),

counted AS (
    SELECT
        chain.code,
        sum(chain.unit_grids) AS unit_grids,
        sum(chain.covered_unit_grids) AS covered_unit_grids,
        sum(chain.population) AS population,
        sum(chain.covered_population) AS covered_population
    FROM chain
    INNER JOIN city_profile ON chain.level = city_profile.levels[1]
    GROUP BY chain.code
),

-- a facility on a border of two districts belongs to the lower code
home AS (
    SELECT min(top.code COLLATE "C") AS code
    FROM serving
    INNER JOIN top ON st_covers(top.shape, serving.point)
    GROUP BY serving.code
),

housed AS (
    SELECT home.code, count(*) AS facilities FROM home GROUP BY home.code
)

SELECT
    top.code,
    top.name,
    coalesce(housed.facilities, 0) AS facilities,
    coalesce(counted.unit_grids, 0) AS unit_grids,
    coalesce(counted.covered_unit_grids, 0) AS covered_unit_grids,
    top.area_m2,
    coalesce(st_area(st_intersection(top.shape, circles.shape)), 0) AS covered_area_m2,
    counted.population,
    counted.covered_population
FROM top
LEFT JOIN counted ON top.code = counted.code
LEFT JOIN housed ON top.code = housed.code
LEFT JOIN LATERAL (
    -- 32 sides that enclose the area of the circle
    SELECT st_union(st_buffer(serving.point, :radius_m * sqrt(pi() / (16 * sin(pi() / 16))), 8)) AS shape
    FROM serving
    WHERE st_dwithin(serving.point, top.shape, :radius_m * 1.01)
) AS circles ON TRUE
ORDER BY top.code COLLATE "C"
