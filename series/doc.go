// Package series keeps readings and finished nights in InfluxDB, 1.8 or 2.x, and
// answers the pages' questions about them. It promises that its position in the
// journal stands behind a reading only once InfluxDB has that reading or has
// refused it by name, and that writing a reading again changes nothing.
package series
