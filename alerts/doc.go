// Package alerts decides what is wrong with which lamp, and who hears of it.
//
// It holds the fault catalogue, the engine that turns readings into alerts and
// finished nights, and the life of a ticket from raised to closed. The engine
// promises to be a pure function of what it is shown, in the order it is shown:
// no clock, no I/O, the same changes with the same names in every run, also in one
// that was killed and resumed. Runner feeds it from the journal and commits state,
// alerts, tickets, notices and journal position in one transaction, so that a
// kill at any point neither loses nor repeats an effect.
package alerts
