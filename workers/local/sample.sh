#!/bin/bash
# The sample simulation over the portal's own REST API: upload, launch, watch, read the results, compare them with what
# the template expects. Done once: a finished sample is left as it is (SAMPLE=again runs another). A token of its own, revoked
# at the end, lets it in, so it works whatever became of the first password.
#   sample.sh [template=protein-md] [request file=sample/request.json]
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
var_resolve
template=${1:-protein-md}
folder=$VAR_REAL/share/templates/$template
request=${2:-$folder/sample/${SAMPLE_REQUEST:-request.json}}
done_mark=$VAR_REAL/run/sample-$template.done
if [ -f "$done_mark" ] && [ "${SAMPLE:-}" != again ]; then
    say "  sample                             ok  (done before; SAMPLE=again runs another)"
    exit 0
fi
portal_find
api=$PORTAL_URL/api/v1
ctl() { "$VAR_REAL/bin/athanorctl" --conf "$VAR_REAL/athanor.conf" "$@"; }
tmp=$(mktemp -d)
leave() {
    [ -z "${token:-}" ] || ctl token revoke "$token" || say "note: the token $token of the sample is still valid for a day"
    rm -rf "$tmp"
}
trap leave EXIT
name="Sample: $(jq -r .title "$folder/template.json")"

# call METHOD PATH [curl arguments…]: prints the body; an error prints the portal's own words and ends.
call() {
    local method=$1 path=$2 code
    shift 2
    code=$(curl -sS -m 60 -o "$tmp/body" -D "$tmp/head" -w '%{http_code}' -X "$method" "${CURL_TLS[@]}" \
        -H "@$tmp/authorization" "$@" "$api$path") || die "the portal did not answer $method $path" "see $VAR_REAL/log/portal.log"
    [ "$code" -lt 400 ] || die "$method $path: $code $(jq -r '[.detail, .hint, (.errors // [] | map(.text) | join("; "))] | map(select(. != null and . != "")) | join(" ")' "$tmp/body" 2>/dev/null || cat "$tmp/body")" "see $VAR_REAL/log/portal.log"
    cat "$tmp/body"
}
json() { call "$1" "$2" -H 'Content-Type: application/json' -H "Idempotency-Key: sample-$RANDOM$RANDOM$RANDOM" --data-binary "${3:-}"; }

# In a file, since arguments of programs can be seen by everybody.
ctl token add admin make-up-sample --days 1 >"$tmp/secret" 2>"$tmp/id" ||
    die "no token for the sample: $(cat "$tmp/id")" "is there an enabled person \"admin\"? $VAR_REAL/bin/athanorctl --conf $VAR_REAL/athanor.conf user list"
token=$(grep -o 'tok_[a-z0-9]*' "$tmp/id" || cut -d, -f1 "$tmp/id")
printf 'Authorization: Bearer %s\n' "$(cat "$tmp/secret")" >"$tmp/authorization"
rm "$tmp/secret"

project=$(call GET '/projects?limit=500' | jq -r '[.items[] | select(.name == "Samples")][0].id // empty')
[ -n "$project" ] || project=$(json POST /projects '{"name":"Samples","description":"Made by make up: finished samples to explore."}' | jq -r .id)

run=$(call GET "/runs?project=$project&template=$template&limit=100" |
    jq -r --arg n "$name" '[.items[] | select(.name == $n and (.state | IN("failed", "cancelled") | not))][0].id // empty')
if [ -z "$run" ] || [ "${SAMPLE:-}" = again ]; then
    # Upload by tus, in one request: creation-with-upload.
    structure_file=$folder/$(jq -r .sample.structure "$folder/template.json")
    size=$(stat -c %s "$structure_file")
    meta="filename $(basename "$structure_file" | tr -d '\n' | base64 -w0),project $(printf '%s' "$project" | base64 -w0)"
    call POST /uploads -H 'Tus-Resumable: 1.0.0' -H "Upload-Length: $size" -H "Upload-Metadata: $meta" \
        -H 'Content-Type: application/offset+octet-stream' --data-binary "@$structure_file" >/dev/null
    upload=$(sed -n 's/^[Ll]ocation: .*\/\(upl_[a-z0-9]*\).*/\1/p' "$tmp/head" | tr -d '\r')
    for _ in $(seq 120); do
        state=$(call GET "/uploads/$upload" | jq -r .state)
        case $state in stored) break ;; refused) die "the sample upload was refused: $(jq -r .reason "$tmp/body")" ;; esac
        sleep 0.5
    done
    file=$(jq -r .file_id "$tmp/body")
    for _ in $(seq 120); do
        call GET "/projects/$project/structures" >/dev/null
        read -r structure state < <(jq -r --arg f "$file" '[.items[] | select(.file_id == $f)][0] | "\(.id) \(.state)"' "$tmp/body")
        case $state in ready) break ;; refused) die "the sample structure was refused" "see $VAR_REAL/log/worker.log" ;; esac
        sleep 0.5
    done
    [ "$state" = ready ] || die "the sample structure was not inspected in a minute" "is the worker up? see $VAR_REAL/log/worker.log"
    # A module scan may still be under way on a fresh stack.
    for _ in $(seq 60); do
        [ "$(call GET "/templates/$template" | jq -r '[.sites[]? | select(.available)] | length')" != 0 ] && break
        sleep 1
    done
    body=$(jq -n --arg p "$project" --arg t "$template" --arg s "$structure" --arg n "$name" --slurpfile r "$request" \
        '{project: $p, template: $t, structure: $s, name: $n, preset: $r[0].preset, params: ($r[0].params // {})} | with_entries(select(.value != null))')
    run=$(json POST /runs "$body" | jq -r .id)
fi

bar() { # fraction words
    local width=30 full
    full=$(awk -v f="$1" -v w=$width 'BEGIN { printf "%d", f * w + 0.5 }')
    local text
    text=$(printf '  %s [%-*s] %3d %%  %s' "sample" $width "$(printf '%*s' "$full" '' | tr ' ' '#')" "$(awk -v f="$1" 'BEGIN { printf "%d", f * 100 }')" "$2")
    if [ -t 1 ]; then printf '\r%-100s' "$text"; elif [ "$text" != "${last:-}" ]; then printf '%s\n' "$text"; fi
    last=$text
}
while :; do
    call GET "/runs/$run" >/dev/null
    read -r state fraction < <(jq -r '"\(.state) \(.progress.fraction // 0)"' "$tmp/body")
    case $state in finished) break ;; failed | cancelled)
        printf '\n'
        die "the sample run $state: $(jq -r '[.failure.text, .failure.hint] | map(select(. != null)) | join(" ")' "$tmp/body")" "look at $VAR_REAL/projects/$project/runs/$run"
        ;;
    esac
    bar "$fraction" "$(jq -r 'if .state == "running" then [.progress.stage, (if .progress.ns_per_day then "\(.progress.ns_per_day * 10 | floor / 10) ns/day" else null end)] | map(select(. != null)) | join(", ") else .status end' "$tmp/body")"
    sleep 2
done
bar 1 finished
printf '\n'

call GET "/runs/$run/results" | jq .results >"$tmp/results"
/usr/bin/python3 "$folder/../lib/check_expected.py" "$folder/sample/$(basename "$request" | sed s/request/expected/)" "$tmp/results" || die "the sample's results are not what $template expects" "look at $VAR_REAL/projects/$project/runs/$run/results"
/usr/bin/python3 - "$tmp/results" <<'PY'
import json, sys
for row in json.load(open(sys.argv[1]))["summary"]:
    value = "%.*f" % (row["digits"], row["value"])
    error = " ± %.*f" % (row["digits"], row["error"]) if row.get("error") else ""
    print("    %-30s %s%s %s" % (row["label"], value, error, row["unit"]))
PY
printf '%s\n' "$run" >"$done_mark"
