#!/bin/sh
# Installs what tests need from Debian where it may, and says what is missing where
# it may not. Tests that need a missing program say so themselves.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need promtool prometheus
need cc "gcc libc6-dev" # the race detector
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium fonts-noto-cjk"
# These build InfluxDB 2.7.12, which is of no use without Rust.
need pkg-config pkg-config
need clang clang
need protoc protobuf-compiler

[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
	echo "setup: tests need these, by their Debian names:$missing" >&2
	exit 0
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	if [ "${CI:-}" = true ] && command -v sudo >/dev/null 2>&1; then
		sudo=sudo
	else
		echo "setup: for all tests to run: sudo apt-get install$missing" >&2
		exit 0
	fi
fi
echo "setup: apt-get install$missing" >&2
# A package that starts a server of its own would take the ports of the tests' servers.
if [ -z "$sudo" ] && [ ! -e /usr/sbin/policy-rc.d ]; then
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod +x /usr/sbin/policy-rc.d
	trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
{
	$sudo apt-get -qq -o Acquire::Retries=3 update
	# shellcheck disable=SC2086 # a list of packages
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 install -y --no-install-recommends $missing
} >&2
