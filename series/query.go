package series

import (
	"context"
	"time"

	"github.com/yingguang/yingguang/device"
)

// MaxPoints is the most points that one answer holds for a lamp.
const MaxPoints = 2000

// LampQuery asks for the values of one lamp in [From, To).
type LampQuery struct {
	Lamp     device.LampID
	From, To device.Millis
	Fields   []device.Field
	Points   int // at most so many, 1 to MaxPoints; 0 means 500
}

// Point is the values of one step of time, in the order of LampQuery.Fields; NaN
// where nothing was measured in it.
type Point struct {
	T      device.Millis // beginning of the step
	Values []float64     // mean of numbers, last of counters, booleans (0 or 1) and enumerations (index into Words)
}

// Lamp gives the values of one lamp, oldest first, and the step that each point
// covers: the smallest round one that keeps to q.Points.
func (c *Client) Lamp(ctx context.Context, q LampQuery) ([]Point, time.Duration, error) {
	panic("soon")
}

// Nights gives the finished nights of a lamp with dusk in [from, to), oldest
// first, at most MaxPoints.
func (c *Client) Nights(ctx context.Context, lamp device.LampID, from, to device.Millis) ([]device.NightLight, error) {
	panic("soon")
}

// Count is how many readings InfluxDB holds with TS in [from, to), of one lamp or,
// where lamp is empty, of all.
func (c *Client) Count(ctx context.Context, lamp device.LampID, from, to device.Millis) (int64, error) {
	panic("soon")
}

// CountByLamp is Count for every lamp that has any.
func (c *Client) CountByLamp(ctx context.Context, from, to device.Millis) (map[device.LampID]int64, error) {
	panic("soon")
}
