-- How much of each segment was walked: tracks of the patrols that started in a span of time, by the people named (none named: anybody).
-- A track is cut to the neighbourhood of the segment first: what lies outside cannot be near it, and a long walk stays cheap.
SELECT
    road_segment.code,
    road_segment.name,
    road_segment.length_m,
    coalesce(walked.walked_m, 0) AS walked_m,
    walked.patrols,
    walked.last_at
FROM road_segment
CROSS JOIN LATERAL (
    SELECT
        count(*) AS patrols,
        max(patrol.started_at) AS last_at,
        st_length(st_intersection(
            road_segment.line,
            st_buffer(
                st_collect(st_clipbybox2d(patrol.line, st_expand(box2d(road_segment.line), CAST(:within_m AS double precision)))),
                CAST(:within_m AS double precision), 'quad_segs=16'
            )
        )) AS walked_m
    FROM patrol
    WHERE
        st_dwithin(patrol.line, road_segment.line, CAST(:within_m AS double precision))
        AND patrol.started_at >= :since
        AND patrol.started_at < :until
        AND (CAST(:people AS integer []) IS NULL OR patrol.person_id = any(CAST(:people AS integer [])))
) AS walked
WHERE
    road_segment.code = any(CAST(:codes AS text []))
    AND road_segment.valid_from <= :day
    AND (road_segment.valid_to IS NULL OR road_segment.valid_to > :day)
ORDER BY road_segment.code
