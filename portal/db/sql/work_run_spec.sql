-- work_run_spec: what runs were asked; $1 ids as a json array
SELECT id, spec FROM run WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))
