package main

import (
	"context"
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/series"
)

// curves answers like a lamp's week: charged by day, drawn by night, with some
// hours of silence in it.
type curves struct{}

func (curves) Lamp(_ context.Context, q series.LampQuery) ([]series.Point, time.Duration, error) {
	const step = 30 * time.Minute
	var out []series.Point
	for t := q.From.Add(step); t < q.To; t = t.Add(step) {
		day := float64(int64(t)/1000%86_400)/3600 + 8 // hours of the day in Asia/Shanghai
		if day >= 24 {
			day -= 24
		}
		if ago := q.To.Sub(t); ago > 50*time.Hour && ago < 56*time.Hour {
			continue
		}
		sun := math.Max(0, math.Sin((day-7)/11*math.Pi)) * (0.55 + 0.4*math.Abs(math.Sin(float64(int64(t)/86_400_000))))
		on := day < 6.9 || day > 18
		soc := 55 + 38*math.Cos((day-17)/24*2*math.Pi)
		values := make([]float64, len(q.Fields))
		for i, f := range q.Fields {
			switch f {
			case device.BatterySoC:
				values[i] = soc
			case device.BatteryV:
				values[i] = 12.6 + soc/130 + sun*0.5
			case device.PanelW:
				values[i] = 58 * sun
			case device.LoadW:
				if on {
					values[i] = 11.8
				}
			default:
				values[i] = math.NaN()
			}
		}
		out = append(out, series.Point{T: t, Values: values})
	}
	return out, step, nil
}
