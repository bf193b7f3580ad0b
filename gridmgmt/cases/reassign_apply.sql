-- Give open cases their new place and append one step to each; `given` are rows of JSON, one a case. Cases no longer at `version`, over, or
-- set by hand stay as they are. Ids are bounded so that only their months are looked at.
WITH given AS (
    SELECT *
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row_of (
        id bigint, version integer, basis text, edition_id integer, district_code text, street_office_code text, community_code text,
        unit_grid_code text, shared_with text [], border_distance_m float8, segment_code text, segment_distance_m float8, zone_code text,
        appointment_id integer, person_id integer, details jsonb
    )
),

locked AS MATERIALIZED ( -- in the order of ids, so that two who lock many never wait for each other
    SELECT
        id,
        version
    FROM case_file
    WHERE id = ANY(:ids) AND id BETWEEN :first AND :last AND is_open AND NOT manual_override
    ORDER BY id
    FOR UPDATE
),

moved AS (
    UPDATE case_file
    SET
        version = case_file.version + 1,
        basis = given.basis,
        edition_id = given.edition_id,
        district_code = given.district_code,
        street_office_code = given.street_office_code,
        community_code = given.community_code,
        unit_grid_code = given.unit_grid_code,
        shared_with = given.shared_with,
        border_distance_m = given.border_distance_m,
        segment_code = given.segment_code,
        segment_distance_m = given.segment_distance_m,
        zone_code = given.zone_code,
        appointment_id = given.appointment_id,
        person_id = given.person_id
    FROM given
    INNER JOIN locked ON given.id = locked.id AND given.version = locked.version
    WHERE
        case_file.id = ANY(:ids)
        AND case_file.id BETWEEN :first AND :last
        AND case_file.id = given.id
        AND case_file.version = given.version
        AND case_file.is_open
        AND NOT case_file.manual_override
    RETURNING case_file.id, case_file.version, case_file.state
),

written AS (
    INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor, reason, channel, details)
    SELECT
        moved.id,
        moved.version,
        'reassign',
        moved.state,
        moved.state,
        greatest(CAST(:now AS timestamptz), newest.at),
        :actor,
        :reason,
        :channel,
        given.details
    FROM moved
    INNER JOIN given ON moved.id = given.id
    INNER JOIN case_step AS newest ON moved.id = newest.case_id AND newest.seq = moved.version - 1
    WHERE newest.case_id = ANY(:ids) AND newest.case_id BETWEEN :first AND :last
    RETURNING case_id
),

unhurried AS MATERIALIZED ( -- durable with the next transaction that waits for the disk: one lost in a power cut is written anew
    SELECT set_config('synchronous_commit', 'off', true) AS of_this_transaction
)

SELECT written.case_id
FROM unhurried
CROSS JOIN written
