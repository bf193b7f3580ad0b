-- What rules of dispatch look at, for each row of chosen(case_id, case_no, kind, class_code, district_code, street_office_code,
-- community_code, unit_grid_code, segment_code, zone_code, person_id, source, at): one row each, in no order.
-- The team is that of the road chief as a person, else of the zone, else the unit of this kind for the finest area.
SELECT
    chosen.*,
    road_segment.road_class,
    assessment_membership.unit_code AS assessment_unit,
    coalesce(
        person_team.unit_code, zone_team.unit_code, grid_unit.code, community_unit.code, office_unit.code, district_unit.code
    ) AS team
FROM (
    SELECT
        asked.*,
        CAST(asked.at AT TIME ZONE city_profile.time_zone AS date) AS day
    FROM chosen AS asked CROSS JOIN city_profile
) AS chosen
LEFT JOIN road_segment
    ON
        chosen.segment_code = road_segment.code
        AND chosen.day >= road_segment.valid_from AND (road_segment.valid_to IS NULL OR chosen.day < road_segment.valid_to)
LEFT JOIN assessment_membership
    ON
        chosen.street_office_code = assessment_membership.street_office_code
        AND chosen.day >= assessment_membership.valid_from
        AND (assessment_membership.valid_to IS NULL OR chosen.day < assessment_membership.valid_to)
LEFT JOIN dispatch_team AS person_team ON chosen.person_id = person_team.person_id
LEFT JOIN dispatch_team AS zone_team ON chosen.zone_code = zone_team.zone_code
LEFT JOIN team_unit AS grid_unit ON grid_unit.area_level = 'unit_grid' AND chosen.unit_grid_code = grid_unit.area_code
LEFT JOIN team_unit AS community_unit
    ON community_unit.area_level = 'community' AND chosen.community_code = community_unit.area_code
LEFT JOIN team_unit AS office_unit
    ON office_unit.area_level = 'street_office' AND chosen.street_office_code = office_unit.area_code
LEFT JOIN team_unit AS district_unit
    ON district_unit.area_level = 'district' AND chosen.district_code = district_unit.area_code
