-- One vector tile of one level; marked is NULL (no such property) or the codes that get marked = 1.
WITH tile AS (
    SELECT
        st_tileenvelope(:z, :x, :y) AS bounds,
        st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096) AS reach
)

SELECT coalesce(st_asmvt(feature, :layer, 4096, 'geom', 'id'), ''::bytea)
FROM (
    SELECT
        area.id,
        area.code,
        area.name,
        CASE WHEN cast(:marked AS text []) IS NOT NULL THEN cast(area.code = any(cast(:marked AS text [])) AS int) END AS marked,
        st_asmvtgeom(area_shape.shape, tile.bounds, 4096, 64, true) AS geom
    FROM tile
    INNER JOIN area_shape
        ON
            area_shape.level = :level
            AND area_shape.min_zoom = :band
            AND area_shape.shape && tile.reach
    INNER JOIN area ON area_shape.area_id = area.id
    WHERE
        area.valid_from <= :day
        AND (area.valid_to IS NULL OR area.valid_to > :day)
) AS feature
WHERE feature.geom IS NOT NULL
