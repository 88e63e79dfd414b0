// Package profile decodes what lamps and clouds send that do not speak wire
// format 1: a Profile is data (topics, field paths, units, bit names), read from
// a file by configs/profiles, so that a new vendor needs no new code. It promises
// what device/payload promises: every reading it hands out has passed
// device.Reading.Check and Place, every refusal has a reason and a sentence for
// people, and no input makes it panic or hold more than a small multiple of
// MaxInflated.
package profile
