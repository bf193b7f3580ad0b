-- Per area of the topmost level: unit grids and those covered, people within the radius, and its shape.
WITH RECURSIVE top AS MATERIALIZED (
    SELECT area.code, area.name, area.shape, area.area_m2
    FROM area
    INNER JOIN city_profile ON area.level = city_profile.levels[1]
    WHERE :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to) AND area.shape IS NOT NULL
),

-- the point on a surface costs more than looking for what stands around it: once a grid
place AS MATERIALIZED (
    SELECT area.parent_code, area.area_m2, st_pointonsurface(area.shape) AS point
    FROM area
    WHERE
        area.level = 'unit_grid' AND area.shape IS NOT NULL
        AND :day >= area.valid_from AND (area.valid_to IS NULL OR :day < area.valid_to)
),

unit_grid AS MATERIALIZED (
    SELECT
        place.parent_code,
        place.area_m2,
        exists(
            SELECT FROM facility
            WHERE
                st_dwithin(facility.point, place.point, :radius_m)
                AND facility.kind = :kind
                AND (facility.status = any(:serving) OR (facility.status = any(:ended) AND facility.closed_on > :day))
                AND (facility.opened_on IS NULL OR facility.opened_on <= :day)
                AND (facility.closed_on IS NULL OR facility.closed_on > :day)
        ) AS covered
    FROM place
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
)

SELECT
    top.code,
    top.name,
    coalesce(counted.unit_grids, 0) AS unit_grids,
    coalesce(counted.covered_unit_grids, 0) AS covered_unit_grids,
    top.area_m2,
    st_asbinary(top.shape) AS shape,
    counted.population,
    counted.covered_population
FROM top
LEFT JOIN counted ON top.code = counted.code
ORDER BY top.code COLLATE "C"
