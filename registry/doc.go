// Package registry is the SQL side of Yingguang: lamps, places, people, the
// rota, tickets, alerts, notices, nights and the last state of each lamp, in one
// SQLite file. It promises that what belongs together is written in one
// transaction, that a written thing survives a power cut, that a ticket is taken
// by one person only, and that export gives back what import was given.
package registry
