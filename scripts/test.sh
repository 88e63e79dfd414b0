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
pure=$(printf '%s\n' "$all" | grep -vE "^github.com/yingguang/yingguang/($raced)(/|\$)" | tr '\n' ' ')
busy=$(printf '%s\n' "$all" | grep -E "^github.com/yingguang/yingguang/($raced)(/|\$)" | grep -v "/app\$" | tr '\n' ' ')
race=-race
command -v cc >/dev/null 2>&1 || { race=; echo "test: no C compiler, so no race detector: apt-get install gcc libc6-dev" >&2; }
export CGO_ENABLED=${race:+1}
# A few tests hold us to seconds, on machines that others use too. One or two that
# fail are run again, once, and named at the end; a race or a panic never is.
shaky=$(mktemp)
trap 'rm -f "$shaky" "$shaky".*' EXIT
runner=$(scripts/lint.sh runner)
gotest() { # name packages flags
	name=$1 packages=$2
	shift 2
	"$runner" --format pkgname --hide-summary skipped --rerun-fails=1 --rerun-fails-max-failures=2 \
		--rerun-fails-abort-on-data-race --rerun-fails-report "$shaky.$name" --packages "$packages" -- "$@"
}
gotest pure "$pure" -timeout 10m
gotest raced "$busy" $race -timeout 20m
# The whole system has promises in seconds to keep: nothing else runs beside it.
gotest app ./app $race -timeout 20m

step "chaos, half a minute"
make --no-print-directory chaos-short

step "fuzz, ${FUZZTIME:-5s} each"
scripts/fuzz.sh

step pages
cd web/ui
npm test
npm run e2e

cd ../..
if [ -s "$shaky.pure" ] || [ -s "$shaky.raced" ] || [ -s "$shaky.app" ]; then
	step "failed once, passed when run again: find out why"
	cat "$shaky".*
fi
step "all tests passed"
