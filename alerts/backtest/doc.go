// Package backtest runs the alert engine over recorded messages, in event time,
// as fast as it can. It promises the changes that a live run over the same
// messages makes, in the same order: what ingest decides before the journal
// (decoding, placing in time) is done by the same code. Lines that cannot be
// understood are named and counted, and never end a run.
package backtest
