package series

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/influxdata/influxdb-client-go/v2/api/query"

	"github.com/yingguang/yingguang/device"
)

// MaxPoints is the most points that one answer holds for a lamp.
const MaxPoints = 2000

const defaultPoints = 500

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
// covers: the smallest round one that keeps to q.Points. Steps begin at whole
// multiples, so the first may begin before q.From. Steps without any value are
// left out.
func (c *Client) Lamp(ctx context.Context, q LampQuery) ([]Point, time.Duration, error) {
	if err := q.check(); err != nil {
		return nil, 0, err
	}
	step := q.step()
	width := device.Millis(step.Milliseconds())
	first := q.From / width * width
	rows := map[device.Millis][]float64{}
	err := c.each(ctx, q.flux(c.server.Bucket, first, step), func(r *query.FluxRecord) error {
		at := slices.IndexFunc(q.Fields, func(f device.Field) bool { return device.Fields[f].Name == r.Field() })
		if at < 0 {
			return nil
		}
		// 2.7 stamps the first step with the range's beginning, 0.65 likewise: both are whole steps here.
		t := device.MillisOf(r.Time())
		row := rows[t]
		if row == nil {
			row = nans(len(q.Fields))
			rows[t] = row
		}
		row[at] = valueOf(q.Fields[at], r.Value())
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("series of lamp %s: %w", q.Lamp, err)
	}
	points := make([]Point, 0, len(rows))
	for t, values := range rows {
		points = append(points, Point{t, values})
	}
	slices.SortFunc(points, func(a, b Point) int { return int(a.T - b.T) })
	return points, step, nil
}

func (q *LampQuery) check() error {
	if _, err := device.ParseLampID(string(q.Lamp)); err != nil {
		return err
	}
	if q.To <= q.From || q.From < 0 {
		return errors.New("the end of the time asked for must lie behind its beginning")
	}
	if len(q.Fields) == 0 {
		return errors.New("no field is asked for")
	}
	for _, f := range q.Fields {
		if f >= device.NumFields {
			return fmt.Errorf("no such field: %v", f)
		}
	}
	if q.Points < 0 || q.Points > MaxPoints {
		return fmt.Errorf("%d points: want 1 to %d", q.Points, MaxPoints)
	}
	if q.Points == 0 {
		q.Points = defaultPoints
	}
	return nil
}

// step is the smallest round step that covers [From, To) in q.Points.
func (q *LampQuery) step() time.Duration {
	steps := []time.Duration{
		time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}
	for _, s := range steps {
		if q.count(s) <= q.Points {
			return s
		}
	}
	step := 48 * time.Hour
	for q.count(step) > q.Points {
		step *= 2
	}
	return step
}

func (q *LampQuery) count(step time.Duration) int {
	w := step.Milliseconds()
	return int((int64(q.To)+w-1)/w - int64(q.From)/w)
}

// flux is the query, in what Flux 0.65 (1.8) and 0.196 (2.7) both understand.
// Means and last values are two streams: they meet again in Lamp.
func (q *LampQuery) flux(bucket string, first device.Millis, step time.Duration) string {
	var means, lasts []device.Field
	for _, f := range q.Fields {
		if device.Fields[f].Kind == device.Number {
			means = append(means, f)
		} else {
			lasts = append(lasts, f)
		}
	}
	var s strings.Builder
	for _, part := range []struct {
		fn     string
		fields []device.Field
	}{{"mean", means}, {"last", lasts}} {
		if len(part.fields) == 0 {
			continue
		}
		s.WriteString(rangeOf(bucket, first, q.To))
		fmt.Fprintf(&s, ` |> filter(fn: (r) => r.lamp == "%s" and (`, q.Lamp)
		for i, f := range part.fields {
			if i > 0 {
				s.WriteString(" or ")
			}
			fmt.Fprintf(&s, `(r._measurement == "%s" and r._field == "%s")`, device.Fields[f].Series, device.Fields[f].Name)
		}
		fmt.Fprintf(&s, `)) |> aggregateWindow(every: %ds, fn: %s, createEmpty: false, timeSrc: "_start") |> yield(name: "%s")`+"\n",
			step/time.Second, part.fn, part.fn)
	}
	return s.String()
}

func rangeOf(bucket string, from, to device.Millis) string {
	const form = "2006-01-02T15:04:05.000Z"
	return fmt.Sprintf(`from(bucket: "%s") |> range(start: %s, stop: %s)`, bucket,
		time.UnixMilli(int64(from)).UTC().Format(form), time.UnixMilli(int64(to)).UTC().Format(form))
}

func nans(n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = math.NaN()
	}
	return s
}

// valueOf is a value of InfluxDB as device.Reading holds it.
func valueOf(f device.Field, v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	case bool:
		if v {
			return 1
		}
		return 0
	case string:
		if i := slices.Index(device.Fields[f].Words, v); i >= 0 {
			return float64(i)
		}
	}
	return math.NaN()
}

// each runs a query and calls f for every record of its answer.
func (c *Client) each(ctx context.Context, flux string, f func(*query.FluxRecord) error) error {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	result, err := c.reads.Query(ctx, flux)
	if err != nil {
		return c.explain(err)
	}
	defer result.Close() // read only; Err tells
	for result.Next() {
		if err := f(result.Record()); err != nil {
			return err
		}
	}
	if err := result.Err(); err != nil {
		return c.explain(err)
	}
	return nil
}
