#!/bin/bash
# An upload of 1 GB by tus-js-client in 64 MiB pieces, beside (a) what the disk itself writes (dd with fdatasync at the end)
# and (b) the same client sending to a sink that throws the bytes away, which is the most this client can do here.
. "$(dirname "$0")/lib.sh"
dir=${BENCH_DISK:-$B}/bench-up.$$
case $dir in /root/*) dir=/var/tmp/ath-bench-up.$$ ;; esac
trap 'bench_stop' EXIT
bench_start "$dir"
project=$(curl -fsS -H "Authorization: Bearer $TOKEN" -H 'Idempotency-Key: bench-project' -H 'Content-Type: application/json' -d '{"name":"bench"}' "$URL/api/v1/projects" | jq -r .id)
head -c 1073741824 /dev/urandom >"$dir/source"
disk=0
for _ in 1 2 3; do
    v=$(dd if="$dir/source" of="$dir/copy" bs=1M conv=fdatasync 2>&1 | awk '/copied/ { printf "%d", $1 / 1e6 / $(NF - 3) }')
    rm "$dir/copy"
    [ "$v" -gt "$disk" ] && disk=$v
done
before=$(rss_kib "$PORTAL")
ours=$(NODE_PATH="$B/npm/node_modules" node tests/bench/upload.cjs "$URL" "$TOKEN" "$project" "$dir/source")
/usr/bin/python3 tests/bench/tus_sink.py $((PORT + 1)) &
sink=$!
sleep 0.5
client=$(NODE_PATH="$B/npm/node_modules" node tests/bench/upload.cjs "http://127.0.0.1:$((PORT + 1))" none "$project" "$dir/source")
kill "$sink"
row "upload of 1 GB, tus-js-client" "$ours MB/s" "dd, fdatasync: $disk MB/s" "$(ratio "$ours" "$disk")" "aim 0.8; portal RSS $((before / 1024)) MB before, peak $(($(hwm_kib "$PORTAL") / 1024)) MB"
row "upload of 1 GB, tus-js-client" "$ours MB/s" "the same client into a sink: $client MB/s" "$(ratio "$ours" "$client")" "each 64 MiB durable before its answer"
