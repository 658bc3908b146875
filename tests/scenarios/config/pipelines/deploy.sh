#!/bin/sh
# Deploys nothing, at once. While there is a file `holds/SERVICE-ENVIRONMENT` it waits in its last stage.
#
# usage: deploy.sh SERVICE ENVIRONMENT COMMIT VERSION
set -eu

stage() {
    printf '::stage %s\n' "$1"
    if [ "${WILCO_FAIL_AT:-}" = "$1" ]; then
        printf 'asked to fail at %s\n' "$1" >&2
        exit 1
    fi
}

stage build
# One line per run: what the pipeline was given, each argument between brackets.
printf '[%s]' "$@" "${WILCO_NOTE:-}" >>../ran
printf '\n' >>../ran

stage release
while [ -e "../holds/$1-$2" ]; do
    sleep 0.02
done
