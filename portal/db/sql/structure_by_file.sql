-- structure_by_file: the structure of a file of this project; $1 project, $2 file
SELECT id FROM structure WHERE project_id = $1 AND file_id = $2
