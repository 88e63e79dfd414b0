// Package ledger keeps count of what became of every reading, by lamp and local
// day of receipt. It promises that at every moment received = stored + waiting +
// duplicate + rejected, that a duplicate is judged once, in the order of the
// journal, and that counts survive a kill exactly, since they are committed
// together with the positions they were counted to.
package ledger
