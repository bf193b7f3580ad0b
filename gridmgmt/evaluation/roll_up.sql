-- Sum up days of the city: cases opened by their time of opening, cases ended by the step that ended them.
-- Both sides go in by time through an index, so that a day costs what the day held, however long the history is.
WITH opened AS (
    SELECT
        CAST(case_file.opened_at AT TIME ZONE :time_zone AS date) AS day,
        coalesce(case_file.district_code, '') AS district_code,
        coalesce(case_file.street_office_code, '') AS street_office_code,
        count(*) AS opened
    FROM case_file
    WHERE case_file.opened_at >= :since AND case_file.opened_at < :until
    GROUP BY 1, 2, 3
),

ended AS (
    SELECT
        CAST(case_step.at AT TIME ZONE :time_zone AS date) AS day,
        coalesce(case_file.district_code, '') AS district_code,
        coalesce(case_file.street_office_code, '') AS street_office_code,
        count(*) FILTER (WHERE case_step.to_state IN ('closed', 'force_closed')) AS closed,
        count(case_file.due_at) FILTER (WHERE case_step.to_state IN ('closed', 'force_closed')) AS timed,
        count(*) FILTER (
            WHERE
                case_step.to_state IN ('closed', 'force_closed')
                AND coalesce(case_file.clock_stopped_at, case_step.at) <= case_file.due_at
        ) AS in_time,
        count(*) FILTER (WHERE case_step.to_state NOT IN ('closed', 'force_closed')) AS dropped
    FROM case_step
    INNER JOIN case_file ON case_step.case_id = case_file.id
    WHERE
        case_step.to_state IN ('closed', 'force_closed', 'refused', 'voided', 'merged')
        AND case_step.from_state <> case_step.to_state
        AND case_step.at >= :since AND case_step.at < :until
    GROUP BY 1, 2, 3
)

INSERT INTO case_day (day, district_code, street_office_code, opened, closed, timed, in_time, dropped)
SELECT
    day,
    district_code,
    street_office_code,
    coalesce(opened.opened, 0) AS opened,
    coalesce(ended.closed, 0) AS closed,
    coalesce(ended.timed, 0) AS timed,
    coalesce(ended.in_time, 0) AS in_time,
    coalesce(ended.dropped, 0) AS dropped
FROM opened
FULL JOIN ended USING (day, district_code, street_office_code)
