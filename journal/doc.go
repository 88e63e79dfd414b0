// Package journal is the durable log between the lamps and everything that is
// made of their readings. It promises that a block whose Append returned is
// there after a restart (after a power cut too, where Sync is Always), that
// readers see the blocks in one order without a gap, and that a full or broken
// disk refuses new blocks instead of losing old ones.
package journal
