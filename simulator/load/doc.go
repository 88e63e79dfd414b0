// Package load puts a broker, and all that stands behind it, under load: many
// lamps that connect, publish with QoS 1, burst, and all come back at once after
// their connections broke. It promises that each message is sent until it is
// acknowledged, that what it counts is what happened on the wire, and a report as
// text, JSON and a chart.
package load
