-- Accounts of everybody who worked on the lived-in year, without passwords; those there are stay as they are.
WITH place AS (
    SELECT DISTINCT ON (level, code)
        level, code, coalesce(name, code) AS name
    FROM area
    WHERE level IN ('district', 'street_office')
    ORDER BY level, code, valid_from DESC
),

known AS (
    SELECT
        post.short || '-' || place.code AS name, place.name || post.zh AS shown_name, post.role, 'area' AS kind, place.level, place.code,
        NULL AS unit_code
    FROM place
    INNER JOIN (
        VALUES
        ('cjy', '采集员', 'inspector', 'street_office'), ('hcy', '核查员', 'inspector', 'street_office'),
        ('pqy', '派遣员', 'dispatcher', 'district'), ('jdy', '督办员', 'supervisor', 'district')
    ) AS post (short, zh, role, level) ON place.level = post.level
    UNION ALL
    SELECT
        post.short || '-' || lower(unit.code) AS name, unit.name || post.zh AS shown_name, 'handler' AS role, 'unit' AS kind, '' AS level,
        unit.code, unit.code AS unit_code
    FROM handling_unit AS unit
    CROSS JOIN (VALUES ('czry', '处置人员'), ('fzr', '负责人')) AS post (short, zh)
    UNION ALL
    SELECT
        post.name, post.zh AS shown_name, post.role, 'everything' AS kind, '' AS level, '' AS code, NULL AS unit_code
    FROM (
        VALUES
        ('slzx-2', '受理中心受理员二', 'intake_officer'), ('slzx-3', '受理中心受理员三', 'intake_officer'),
        ('slzx-4', '受理中心受理员四', 'intake_officer'), ('slzx-5', '受理中心受理员五', 'intake_officer'),
        ('slzx-6', '受理中心受理员六', 'intake_officer'), ('shy-1', '申诉审核员一', 'supervisor'), ('shy-2', '申诉审核员二', 'supervisor'),
        ('zhzx-dispatcher', '指挥中心派遣员', 'dispatcher'), ('zhzx-checker', '指挥中心核查员', 'inspector'),
        ('zhzx-closer', '指挥中心督办员', 'supervisor')
    ) AS post (name, zh, role)
),

made AS (
    INSERT INTO account (name, shown_name, unit_code, created_at)
    SELECT known.name, known.shown_name, known.unit_code, :now FROM known
    ON CONFLICT (name) DO NOTHING
    RETURNING id, name
),

roles AS (
    INSERT INTO account_role (account_id, role_code)
    SELECT made.id, known.role FROM made INNER JOIN known ON made.name = known.name
)

INSERT INTO account_scope (account_id, kind, level, code)
SELECT made.id, known.kind, known.level, known.code
FROM made
INNER JOIN known ON made.name = known.name
