package series

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/influxdata/influxdb-client-go/v2/api/query"

	"github.com/yingguang/yingguang/device"
)

// Count is how many readings InfluxDB holds with TS in [from, to), of one lamp or,
// where lamp is empty, of all.
func (c *Client) Count(ctx context.Context, lamp device.LampID, from, to device.Millis) (int64, error) {
	counts, err := c.counts(ctx, lamp, from, to)
	var sum int64
	for _, n := range counts {
		sum += n
	}
	return sum, err
}

// CountByLamp is Count for every lamp that has any.
func (c *Client) CountByLamp(ctx context.Context, from, to device.Millis) (map[device.LampID]int64, error) {
	return c.counts(ctx, "", from, to)
}

func (c *Client) counts(ctx context.Context, lamp device.LampID, from, to device.Millis) (map[device.LampID]int64, error) {
	if to <= from {
		return nil, nil
	}
	which := ""
	if lamp != "" {
		if _, err := device.ParseLampID(string(lamp)); err != nil {
			return nil, err
		}
		which = fmt.Sprintf(` and r.lamp == "%s"`, lamp)
	}
	flux := rangeOf(c.server.Bucket, from, to) +
		fmt.Sprintf(` |> filter(fn: (r) => r._measurement == "%s" and r._field == "received_ms"%s) |> count()`, statusSeries, which)
	counts := map[device.LampID]int64{}
	err := c.each(ctx, flux, func(r *query.FluxRecord) error {
		name, _ := r.ValueByKey("lamp").(string)
		n, _ := r.Value().(int64)
		counts[device.LampID(name)] += n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count readings: %w", err)
	}
	return counts, nil
}

// Nights gives the finished nights of a lamp with dusk in [from, to), oldest
// first, at most MaxPoints.
func (c *Client) Nights(ctx context.Context, lamp device.LampID, from, to device.Millis) ([]device.NightLight, error) {
	if _, err := device.ParseLampID(string(lamp)); err != nil {
		return nil, err
	}
	if to <= from {
		return nil, nil
	}
	flux := rangeOf(c.server.Bucket, from, to) +
		fmt.Sprintf(` |> filter(fn: (r) => r._measurement == "%s" and r.lamp == "%s") |> limit(n: %d)`, nightSeries, lamp, MaxPoints)
	byDusk := map[device.Millis]*device.NightLight{}
	err := c.each(ctx, flux, func(r *query.FluxRecord) error {
		dusk := device.MillisOf(r.Time())
		n := byDusk[dusk]
		if n == nil {
			n = &device.NightLight{Lamp: lamp, Dusk: dusk, SoCMin: math.NaN()}
			byDusk[dusk] = n
		}
		setNight(n, r.Field(), r.Value())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("nights of lamp %s: %w", lamp, err)
	}
	nights := make([]device.NightLight, 0, len(byDusk))
	for _, n := range byDusk {
		nights = append(nights, *n)
	}
	slices.SortFunc(nights, func(a, b device.NightLight) int { return int(a.Dusk - b.Dusk) })
	return nights[:min(len(nights), MaxPoints)], nil
}

// setNight puts one field of the night series back.
func setNight(n *device.NightLight, field string, value any) {
	number, _ := value.(float64)
	whole, _ := value.(int64)
	// Hours come back a hair off: night figures are no finer than milliseconds.
	secs := math.Round(number*3600*1000) / 1000
	switch field {
	case "lit_h":
		n.LitS = secs
	case "expected_h":
		n.ExpectedS = secs
	case "observed_h":
		n.ObservedS = secs
	case "soc_min":
		n.SoCMin = number
	case "switches":
		n.Switches = int(whole)
	case "readings":
		n.Readings = int(whole)
	case "dawn_ms":
		n.Dawn = device.Millis(whole)
	case "night":
		n.Night, _ = value.(string)
	}
}
