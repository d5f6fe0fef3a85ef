-- ops_uploads: uploads that are not at their end, by state
SELECT state, count(*) FROM upload WHERE state IN ('open', 'complete') GROUP BY state
