// Package device is the vocabulary of Yingguang: lamps, readings, schedules and
// fault codes. It knows no database, network or clock, and promises that a
// Reading which Check accepts holds only values inside the ranges of the wire
// format.
package device
