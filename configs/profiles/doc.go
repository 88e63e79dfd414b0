// Package profiles reads payload profiles, the YAML files that say what vendors'
// messages mean: those shipped here and those in a town's own folder. It
// promises that a Profile it hands out is whole: every mistake in a file is told
// with its line, and what to do, in Chinese and English.
package profiles
