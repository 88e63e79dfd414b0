# Shared by influxd1.sh and influxd2.sh, which source it. Messages go to
# standard error, so that standard output holds the binary's path and nothing else.

# Exit code of influxd2.sh where Rust or a Debian package is missing: the tests
# that need InfluxDB 2.x are to be left out, which is not a failure.
SKIP=3

say() { printf '%s\n' "$*" >&2; }
die() { say "$name: $*"; exit 1; }
skip() { say "$name: $*"; exit "$SKIP"; }

cache_dir() {
	[ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] || die "no place for the binary: set HOME or XDG_CACHE_HOME"
	dir=${XDG_CACHE_HOME:-$HOME/.cache}/yingguang
	mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ] || die "cannot write to $dir: set XDG_CACHE_HOME to a folder of yours"
	printf '%s\n' "$dir"
}

need_go() {
	command -v go >/dev/null 2>&1 || die "Go is missing: install it from https://go.dev/dl, or on Debian: apt-get install golang-go"
}

# works BINARY: it is there and runs.
works() { [ -x "$1" ] && "$1" version >/dev/null 2>&1; }

# one_at_a_time LOCKFILE: waits for another run that builds the same binary.
one_at_a_time() {
	command -v flock >/dev/null 2>&1 || return 0
	exec 9>"$1"
	flock -n 9 && return 0
	say "$name: another run is building it; waiting"
	flock 9
}

# with_progress TOTAL LOG COMMAND…: runs the command, its output into LOG, and
# shows how many of about TOTAL packages are compiled. Fails with the log's end.
with_progress() {
	total=$1 log=$2
	shift 2
	"$@" >"$log" 2>&1 9>&- &
	child=$!
	trap 'kill "$child" 2>/dev/null; exit 130' INT TERM
	seconds=0
	while kill -0 "$child" 2>/dev/null; do
		sleep 1
		seconds=$((seconds + 1))
		done=$(grep -c '^[a-z0-9][^ ]*$' "$log" || true)
		if [ -t 2 ]; then
			printf '\r%s: %d of about %d packages compiled, %d s ' "$name" "$done" "$total" "$seconds" >&2
		elif [ $((seconds % 15)) -eq 0 ]; then
			say "$name: $done of about $total packages compiled, $seconds s"
		fi
	done
	[ -t 2 ] && printf '\n' >&2
	trap - INT TERM
	if ! wait "$child"; then
		tail -n 15 "$log" >&2
		die "the build failed; its whole output is in $log"
	fi
	took=$seconds
}
