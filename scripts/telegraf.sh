#!/bin/sh
# Builds Telegraf 1.37.2, the peer of `make bench-ingest`, once into the user's
# cache and prints the binary's path. It holds the three plugins that are compared
# and nothing else; the first build takes some ten minutes on two cores.
set -eu
version=1.37.2
name="telegraf $version"
. "$(dirname "$0")/influxd-common.sh"

cache=$(cache_dir)
binary=$cache/telegraf-$version
if ! works "$binary"; then
	need_go
	one_at_a_time "$cache/.telegraf-$version.lock"
fi
if ! works "$binary"; then
	say "$name: building it once into $cache"
	work=$(mktemp -d "$cache/.build-telegraf.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	with_progress 700 "$cache/telegraf-$version.log" \
		nice -n 15 env CGO_ENABLED=0 GOFLAGS=-mod=mod GOWORK=off GOOS= GOARCH= GOBIN="$work" \
		go install -v -trimpath -tags custom,inputs.mqtt_consumer,outputs.influxdb_v2,parsers.json_v2 -ldflags "-s -w" \
		"github.com/influxdata/telegraf/cmd/telegraf@v$version"
	works "$work/telegraf" || die "the binary does not run; see $cache/telegraf-$version.log"
	mv "$work/telegraf" "$binary"
	say "$name: built in $took s"
fi
printf '%s\n' "$binary"
