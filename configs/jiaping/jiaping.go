// Package jiaping carries the sample town: the lamps of Jiaping as planned and
// built, with invented places, gateways, suppliers and people. It promises that
// its files import without a bad line and that nobody in them exists.
package jiaping

import "embed"

// Files holds lamps.csv, people.csv and duty.csv.
//
//go:embed lamps.csv people.csv duty.csv
var Files embed.FS

//go:generate go run ./generate
