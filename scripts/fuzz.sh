#!/bin/sh
# Runs every fuzz target for a while each: fuzz.sh [GO-PACKAGES]; FUZZTIME is 5s.
# One target at a time, since go test fuzzes one. Found inputs land in testdata/fuzz: commit them.
set -eu
cd "$(dirname "$0")/.."
time=${FUZZTIME:-5s}
packages=$(git grep -l '^func Fuzz' -- "${@:-*_test.go}" | xargs -n 1 dirname | sort -u)
for package in $packages; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$package"/*_test.go); do
		echo "fuzz: $package $target for $time"
		go test "./$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1x -timeout 5m
	done
done
