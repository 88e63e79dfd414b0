#!/bin/sh
# All tests, after all set-up. Stops at the first failure, whose output is then last.
set -eu
cd "$(dirname "$0")/.."
started=$(date +%s)
step() { printf '\n== %s (%d s)\n' "$*" $(($(date +%s) - started)); }

step set-up
scripts/setup.sh
make --no-print-directory ui
scripts/influxd1.sh >/dev/null
code=0
scripts/influxd2.sh >/dev/null || code=$?
case $code in
0) ;;
3) [ "${CI:-}" != true ] || { echo "test: CI needs InfluxDB 2.7.12" >&2; exit 1; } ;;
*) exit "$code" ;;
esac

step lint
scripts/lint.sh

step go test
# Rooms with goroutines of their own run under the race detector; the others are pure.
raced='alerts|app|cmd|ingest|journal|ledger|registry|series|simulator|web'
all=$(go list ./...)
# shellcheck disable=SC2046 # lists of packages
go test -timeout 10m $(printf '%s\n' "$all" | grep -vE "^github.com/yingguang/yingguang/($raced)(/|\$)")
race=-race
command -v cc >/dev/null 2>&1 || { race=; echo "test: no C compiler, so no race detector: apt-get install gcc libc6-dev" >&2; }
# shellcheck disable=SC2046
CGO_ENABLED=${race:+1} go test $race -timeout 20m $(printf '%s\n' "$all" | grep -E "^github.com/yingguang/yingguang/($raced)(/|\$)" | grep -v "/app\$")
# The whole system has promises in seconds to keep: nothing else runs beside it.
CGO_ENABLED=${race:+1} go test $race -timeout 20m ./app

step "chaos, half a minute"
make --no-print-directory chaos-short

step "fuzz, ${FUZZTIME:-5s} each"
scripts/fuzz.sh

step pages
cd web/ui
npm test
npm run e2e

step "all tests passed"
