// Package payload is wire format version 1: the topics, and readings and
// statuses as JSON or CBOR, decoded and encoded. It promises that every reading
// it hands out has passed device.Reading.Check and Place, that whatever it
// refuses is named with a stable reason, a sentence for people and the number of
// readings it counts for, and that no input makes it panic or hold memory beyond
// a small multiple of the message.
//
// What it does with odd input is written down in docs/wire-format.md.
package payload
