// Package simulator is a town of lamps that does not exist: sun, clouds, panel,
// battery and light of every pole by physics, and its telemetry published over
// MQTT as real lamps do. It promises the same lives for the same seed and time,
// however often it is stopped, and imports nothing of the rooms it tests.
package simulator
