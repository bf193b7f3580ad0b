-- One vector tile of the road segments of some classes; long lines joined from many (not whole) carry no code and no name.
WITH tile AS (
    SELECT
        st_tileenvelope(:z, :x, :y) AS bounds,
        st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096) AS reach
)

SELECT coalesce(st_asmvt(feature, 'roads', 4096, 'geom', 'id'), ''::bytea)
FROM (
    SELECT
        road_segment.id,
        CASE WHEN :whole THEN road_segment.code END AS code,
        CASE WHEN :whole THEN road_segment.name END AS name,
        road_segment.road_class,
        st_asmvtgeom(road_shape.shape, tile.bounds, 4096, 64, true) AS geom
    FROM tile
    INNER JOIN road_shape
        ON
            road_shape.min_zoom = :band
            AND road_shape.shape && tile.reach
    INNER JOIN road_segment ON road_shape.segment_id = road_segment.id
    WHERE
        road_segment.valid_from <= :day
        AND (road_segment.valid_to IS NULL OR road_segment.valid_to > :day)
) AS feature
WHERE feature.geom IS NOT NULL
