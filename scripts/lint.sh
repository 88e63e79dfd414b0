#!/bin/sh
# Builds the tools of tools/lint once into the user's cache (about a minute on two
# cores) and runs the linters over the tree. `lint.sh tools` builds only; `lint.sh runner`
# also says where gotestsum is.
set -eu
cd "$(dirname "$0")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/yingguang
version=$(sed -n 's|.*github.com/golangci/golangci-lint/v2 \(v[0-9.]*\).*|\1|p' tools/lint/go.mod | head -1)
linter=$cache/golangci-lint-$version
gofumpt=$cache/gofumpt-$(sed -n 's|.*mvdan.cc/gofumpt \(v[0-9.]*\).*|\1|p' tools/lint/go.mod | head -1)
runner=$cache/gotestsum-$(sed -n 's|.*gotest.tools/gotestsum \(v[0-9.]*\).*|\1|p' tools/lint/go.mod | head -1)

if [ ! -x "$linter" ] || [ ! -x "$gofumpt" ] || [ ! -x "$runner" ]; then
	echo "golangci-lint $version: building it once into $cache (about a minute)" >&2
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/.build-lint.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	(
		cd tools/lint
		GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/" \
			github.com/golangci/golangci-lint/v2/cmd/golangci-lint gotest.tools/gotestsum mvdan.cc/gofumpt
	)
	mv "$work/golangci-lint" "$linter"
	mv "$work/gofumpt" "$gofumpt"
	mv "$work/gotestsum" "$runner"
fi
[ "${1:-}" != runner ] || { echo "$runner"; exit 0; }
[ "${1:-}" != tools ] || exit 0

# One tool at a time, so that the first complaint is the last line.
unformatted=$(git ls-files -z '*.go' | xargs -0 "$gofumpt" -l)
if [ -n "$unformatted" ]; then
	printf '%s\n' "$unformatted"
	echo "lint: not as gofumpt writes it: gofumpt -w on the files above" >&2
	exit 1
fi
go vet ./...
"$linter" run ./...
