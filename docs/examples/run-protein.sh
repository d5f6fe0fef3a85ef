#!/bin/bash
# From a PDB file of yours to results, over the REST API alone.
#   run-protein.sh FILE.pdb [preset] [params as JSON]     needs curl, jq; URL and TOKEN from the environment
#   for example  run-protein.sh 1aki.pdb quick '{"production_ns": 0.01}'
#   URL    default http://127.0.0.1:8080
#   TOKEN  an API token; default: one for a day is made with athanorctl, as whoever ran make up
set -euo pipefail
file=${1:?usage: run-protein.sh FILE.pdb [preset] [params as JSON]}
preset=${2:-quick}
params=${3:-"{}"}
URL=${URL:-http://127.0.0.1:8080}
VAR=${VAR:-var}
api=$URL/api/v1
[ -s "$file" ] || { echo "$file is missing or empty" >&2; exit 1; }
if [ -z "${TOKEN:-}" ]; then
    TOKEN=$("$VAR/bin/athanorctl" --conf "$VAR/athanor.conf" token add admin run-protein --days 1)
fi

# call METHOD PATH [curl arguments]: the body on success, the portal's own words otherwise.
call() {
    local method=$1 path=$2 body code
    shift 2
    body=$(curl -sS -w '\n%{http_code}' -X "$method" -H "Authorization: Bearer $TOKEN" "$@" "$api$path")
    code=${body##*$'\n'}
    body=${body%$'\n'*}
    if [ "$code" -ge 400 ]; then
        echo "$method $path: $code" >&2
        jq -r '[.title, .detail, .hint] | map(select(. != null and . != "")) | join(". ")' <<<"$body" >&2 || echo "$body" >&2
        jq -r '(.errors // [])[] | "  \(.field): \(.text) \(.hint // "")"' <<<"$body" >&2 || true
        exit 1
    fi
    printf '%s' "$body"
}
create() { call POST "$1" -H 'Content-Type: application/json' -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" -d "$2"; }
b64() { printf '%s' "$1" | base64 -w0; }

project=$(create /projects "$(jq -n --arg n "$(basename "$file") $(date +%F)" '{name: $n}')" | jq -r .id)
echo "project    $project"

# tus: creation with upload. (For large files: POST without a body, then PATCH pieces; HEAD tells where to go on.)
location=$(curl -sS -D - -o /dev/null -H "Authorization: Bearer $TOKEN" -H 'Tus-Resumable: 1.0.0' -H "Upload-Length: $(stat -c %s "$file")" \
    -H "Upload-Metadata: filename $(b64 "$(basename "$file")"),project $(b64 "$project")" \
    -H 'Content-Type: application/offset+octet-stream' --data-binary "@$file" "$api/uploads" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
upload=$(basename "$location")
echo "upload     $upload"
state=complete
while [ "$state" = complete ]; do
    sleep 0.5
    state=$(call GET "/uploads/$upload" | jq -r '"\(.state) \(.reason // "")"')
    case $state in stored* | complete*) state=${state%% *} ;; *) echo "the upload was $state" >&2; exit 1 ;; esac
done

structure=
while [ -z "$structure" ]; do
    sleep 0.5
    found=$(call GET "/projects/$project/structures")
    structure=$(jq -r '[.items[] | select(.state != "inspecting")][0].id // empty' <<<"$found")
    if [ "$(jq '.items | length' <<<"$found")" = 0 ]; then
        echo "$(basename "$file") was stored, but its name does not tell a structure (.pdb, .cif, .gro, .sdf, .mol2, .xyz)" >&2
        exit 1
    fi
done
echo "structure  $structure"
call GET "/structures/$structure" | jq -r '"           \(.facts.formula // "?"), \(.facts.atoms // 0) atoms, \(.facts.protein_residues // 0) residues", (.findings[] | "           \(.level): \(.text)")'

run=$(create /runs "$(jq -n --arg p "$project" --arg s "$structure" --arg preset "$preset" --argjson params "$params" \
    '{project: $p, template: "protein-md", structure: $s, preset: $preset, params: $params}')" | jq -r .id)
echo "run        $run"
while :; do
    state=$(call GET "/runs/$run")
    jq -r '"           \(((.progress.fraction // 0) * 100) | floor) %  \(if .state == "running" then "running, \(.progress.stage // "")" else .status end)"' <<<"$state"
    case $(jq -r .state <<<"$state") in
    finished) break ;;
    failed | cancelled)
        jq -r '.failure | "failed: \(.text)\nwhat to do: \(.hint)\n\(.log_lines // [] | join("\n"))"' <<<"$state" >&2
        exit 1
        ;;
    esac
    sleep 5
done
call GET "/runs/$run/results" | jq -r '.results.summary[] | "           \(.label): \(.value) \(if .error then "± \(.error) " else "" end)\(.unit)"'
echo "files      $api/runs/$run/archive?format=zip"
