// Package influxd runs an InfluxDB 1.8.10 as a child process. It promises that
// the child listens on loopback only, is started again when it dies, and never
// outlives its parent.
package influxd
