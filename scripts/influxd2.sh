#!/bin/sh
# Builds InfluxDB 2.7.12 once into the user's cache and prints the binary's path.
# Tests alone need it. Exit 3: Rust or a Debian package is missing, leave these tests out.
set -eu
version=2.7.12
name="influxd $version"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/influxd-common.sh"

# home is the user's own home, wherever HOME points.
home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6 || true)

# find_rust puts a toolchain's own rustc and cargo first on PATH. The toolchain's
# programs, not rustup's stand-ins: those look for toolchains under HOME, and obey
# the rust-toolchain file of flux, which asks for one that nobody has.
find_rust() {
	for bin in "$(dirname "$(command -v rustc 2>/dev/null || echo /nowhere/rustc)")" "${CARGO_HOME:-/nowhere}/bin" \
		"${HOME:-/nowhere}/.cargo/bin" "${home:-/nowhere}/.cargo/bin" /usr/local/cargo/bin /opt/cargo/bin; do
		[ -x "$bin/rustc" ] || continue
		for rustup in "${RUSTUP_HOME:-}" "${HOME:-/nowhere}/.rustup" "$bin/../../.rustup" "${home:-/nowhere}/.rustup" /usr/local/rustup; do
			if [ -n "$rustup" ] && [ -d "$rustup/toolchains" ]; then
				for toolchain in "$rustup"/toolchains/stable-* "$rustup"/toolchains/[0-9]*; do
					use_rust "$toolchain/bin" && return 0
				done
			fi
		done
		use_rust "$bin" && return 0
	done
	return 1
}

# use_rust BIN: takes it if both programs run and are new enough for flux 0.196.
use_rust() {
	[ -x "$1/rustc" ] && [ -x "$1/cargo" ] || return 1
	release=$(cd / && "$1/rustc" --version 2>/dev/null) || return 1
	minor=$(printf '%s' "$release" | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
	[ "${minor:-0}" -ge 72 ] || return 1
	PATH=$(cd "$1" && pwd):$PATH
	export PATH
}

# need_packages: what the build needs of Debian, installed if we may.
need_packages() {
	missing=
	command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
	command -v pkg-config >/dev/null 2>&1 || missing="$missing pkg-config"
	command -v clang >/dev/null 2>&1 || missing="$missing clang"
	command -v protoc >/dev/null 2>&1 || missing="$missing protobuf-compiler"
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 ||
		skip "left out, since the build needs more: apt-get install$missing"
	say "$name: apt-get install$missing"
	# shellcheck disable=SC2086 # a list of packages
	{ apt-get -qq -o Acquire::Retries=3 update && DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 install -y --no-install-recommends $missing; } >&2 9>&- ||
		skip "left out, since these packages could not be installed:$missing"
}

cache=$(cache_dir)
binary=$cache/influxd-$version
if ! works "$binary"; then
	need_go
	find_rust || skip "left out, since Rust 1.72 or later is missing: get it from https://rustup.rs to test against InfluxDB 2.x too"
	one_at_a_time "$cache/.influxd-$version.lock"
fi
if ! works "$binary"; then
	need_packages
	say "$name: building it once into $cache, with $release"
	work=$(mktemp -d "$cache/.build-influxd2.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cd "$here/../tools/influxd2"
	GOFLAGS=-mod=readonly GOWORK=off GOOS='' GOARCH=''
	export GOFLAGS GOWORK GOOS GOARCH
	# InfluxData's pkg-config builds flux's Rust library when cgo asks for it. Named apart, since it calls Debian's.
	with_progress 190 "$cache/influxd-$version.log" go build -v -o "$work/influx-pkg-config" github.com/influxdata/pkg-config
	# Lints that newer compilers made errors must not stop code that was written before them.
	printf '#!/bin/sh\nexec "$@" --cap-lints warn\n' >"$work/rustc"
	chmod +x "$work/rustc"
	say "$name: the Rust part comes first and takes about a minute"
	with_progress 1380 "$cache/influxd-$version.log" \
		env CGO_ENABLED=1 PKG_CONFIG="$work/influx-pkg-config" PKG_CONFIG_LOG="$cache/influxd-$version-flux.log" RUSTC_WRAPPER="$work/rustc" \
		go build -v -trimpath -tags sqlite_foreign_keys,sqlite_json -ldflags "-s -w -X main.version=v$version" \
		-o "$work/influxd" github.com/influxdata/influxdb/v2/cmd/influxd
	works "$work/influxd" || die "the binary does not run; see $cache/influxd-$version.log"
	mv "$work/influxd" "$binary"
	say "$name: built in $took s"
fi
printf '%s\n' "$binary"
