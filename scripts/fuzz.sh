#!/bin/sh
# Runs every fuzz target for a while each, one at a time, as go test has it.
# FUZZTIME (5s) sets how long; FUZZ=./device/... picks packages. An input that fails
# is written to the package's testdata/fuzz: commit it with the mend.
set -eu
cd "$(dirname "$0")/.."
time=${FUZZTIME:-5s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
module=$(go list -m)
for package in $(go list "${FUZZ:-./...}"); do
	folder=.${package#"$module"}
	# Read from the source: asking each test binary would build all of them first.
	for target in $(cat "$folder"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p'); do
		printf 'fuzz: %s %s for %s ' "$folder" "$target" "$time"
		if ! go test "$folder" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1x -timeout 5m >"$log" 2>&1; then
			# A worker that is busy when the time is up is counted as failed by go test (golang/go#75804).
			if ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input' "$log"; then
				echo FAILED
				cat "$log"
				exit 1
			fi
		fi
		inputs=$(sed -n 's/.*execs: \([0-9]*\) .*/\1/p' "$log" | tail -1)
		echo "${inputs:-only known} inputs, ok"
	done
done
