#!/bin/sh
# Shows what a deployment looks like, and deploys nothing. A real one would build an image from
# the commit, push it, change what runs and look whether it answers: put those lines into the
# stages below. wilco calls it as services.toml says; its exit code says how it ended, a line
# `::stage NAME` begins a stage, and every other line is its log.
#
# usage: deploy.sh SERVICE ENVIRONMENT COMMIT
set -eu

service=$1
environment=$2
commit=$3

# Begins a stage, and fails there when `fail_at=STAGE` was said.
stage() {
    printf '::stage %s\n' "$1"
    sleep 0.3
    if [ "${WILCO_FAIL_AT:-}" = "$1" ]; then
        printf 'stopped at %s, as fail_at asked\n' "$1" >&2
        exit 1
    fi
}

stage build
printf 'would build %s from commit %s\n' "$service" "$commit"

stage push
printf 'would push the image %s:%.12s\n' "$service" "$commit"

if [ "$service" = api ]; then
    stage migrate
    printf 'would migrate the database of %s in %s\n' "$service" "$environment"
fi

stage release
printf 'would make %.12s live in %s\n' "$commit" "$environment"

stage verify
printf 'would ask %s in %s whether it is well\n' "$service" "$environment"
