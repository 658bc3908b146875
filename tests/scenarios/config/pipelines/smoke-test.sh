#!/bin/sh
# Tests nothing, at once.
#
# usage: smoke-test.sh ENVIRONMENT COMMIT, with the service in WILCO_SERVICE
set -eu
printf '::stage reach\n::stage check\n'
printf '[smoke-test][%s][%s][%s]\n' "$WILCO_SERVICE" "$1" "$2" >>../ran
