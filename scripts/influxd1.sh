#!/bin/sh
# Builds InfluxDB 1.8.10 once into the user's cache and prints the binary's path.
# It needs Go alone; the first build takes about two minutes on two cores.
set -eu
version=1.8.10
name="influxd $version"
. "$(dirname "$0")/influxd-common.sh"

cache=$(cache_dir)
binary=$cache/influxd-$version
if ! works "$binary"; then
	need_go
	one_at_a_time "$cache/.influxd-$version.lock"
fi
if ! works "$binary"; then
	say "$name: building it once into $cache"
	work=$(mktemp -d "$cache/.build-influxd1.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	# GOBIN does not go with cross compiling, and a workspace or vendor setting of the caller must not reach this build.
	with_progress 580 "$cache/influxd-$version.log" \
		env CGO_ENABLED=0 GOFLAGS=-mod=mod GOWORK=off GOOS= GOARCH= GOBIN="$work" \
		go install -v -trimpath -ldflags "-s -w -X main.version=$version" "github.com/influxdata/influxdb/cmd/influxd@v$version"
	works "$work/influxd" || die "the binary does not run; see $cache/influxd-$version.log"
	mv "$work/influxd" "$binary"
	say "$name: built in $took s"
fi
printf '%s\n' "$binary"
