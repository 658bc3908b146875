#!/bin/sh
# Shows what a team's own command looks like, and tests nothing. A real one would call the
# service and compare what it answers: put those lines into the stages below.
#
# usage: smoke-test.sh ENVIRONMENT COMMIT, with the service in WILCO_SERVICE
set -eu

service=${WILCO_SERVICE:-the service}
environment=$1
commit=$2

# Begins a stage, and fails there when `fail_at=STAGE` was said.
stage() {
    printf '::stage %s\n' "$1"
    sleep 0.3
    if [ "${WILCO_FAIL_AT:-}" = "$1" ]; then
        printf 'stopped at %s, as fail_at asked\n' "$1" >&2
        exit 1
    fi
}

stage reach
printf 'would reach %s in %s\n' "$service" "$environment"

stage check
printf 'would compare what %s answers with what %.12s should\n' "$service" "$commit"
