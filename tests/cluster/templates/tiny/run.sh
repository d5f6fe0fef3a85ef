#!/bin/bash
# A run that proves how often it was executed: each execution adds a line to work/executions.
set -euo pipefail
echo "$ATH_ATTEMPT ${SLURM_JOB_ID:-none}" >>executions
echo "$ATH_CPUS $ATH_GPUS" >resources
now() { date +%s.%N; }
echo "{\"t\":$(now),\"stage\":\"wait\",\"step\":1,\"steps\":2,\"fraction\":0.5}" >>"$ATH_RUN_DIR/progress.ndjson"
sleep "$ATH_P_SECONDS" &
trap 'kill $! 2>/dev/null; exit 143' TERM
wait $! || true
case $ATH_P_ENDING in
fail)
    echo "first line"
    echo "ENGINE BROKE at step 7" >&2
    exit 3
    ;;
nothing) exit 0 ;;
continue)
    if [ "$ATH_ATTEMPT" = 1 ]; then
        echo '{"outcome":"continue","reason":"walltime"}' >"$ATH_RUN_DIR/outcome.json"
        exit 0
    fi
    ;;
esac
mkdir -p "$ATH_RUN_DIR/results"
printf '{"version":1,"template":"tiny","title":"Tiny","summary":[{"name":"answer","label":"Answer","value":42,"unit":""}]}' \
    >"$ATH_RUN_DIR/results/results.json"
echo '{"outcome":"complete"}' >"$ATH_RUN_DIR/outcome.json"
