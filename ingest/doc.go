// Package ingest takes what lamps and gateways publish over MQTT into the
// journal. It promises that a message is acknowledged to the broker only after
// the journal has its readings, or the rejected stream has it with the reason,
// so that no crash between broker and journal loses one.
package ingest
