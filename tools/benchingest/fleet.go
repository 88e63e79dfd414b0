package main

import (
	"fmt"
	"math"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// lamps is the whole town: 400 lamps that stand and 558 that are planned.
const lamps = 958

// prefix of the topics, and what a subscriber wants.
const (
	prefix    = "bench"
	telemetry = prefix + "/lamps/+/telemetry"
)

// fleet makes the messages of the town's lamps, each once a minute, as real ones
// look: 21 measurements with one or two digits, some 410 bytes.
type fleet struct {
	begin  device.Millis // of the first minute
	topics [lamps]string
	buffer []byte
}

func newFleet(begin device.Millis) *fleet {
	f := &fleet{begin: begin}
	for i := range f.topics {
		f.topics[i] = payload.TelemetryTopic(prefix, device.LampID(fmt.Sprintf("JP-%04d", i+1)))
	}
	return f
}

// message is the n-th of all; payload is good until the next call.
func (f *fleet) message(n int) (topic string, text []byte) {
	lamp, minute := n%lamps, n/lamps
	// Lamps do not report in the same millisecond.
	r := reading(lamp, minute, f.begin+device.Millis(minute)*60_000+device.Millis(lamp*61))
	f.buffer = payload.AppendJSON(f.buffer[:0], &r)
	return f.topics[lamp], f.buffer
}

func reading(lamp, minute int, ts device.Millis) device.Reading {
	night := minute/720%2 == 1
	wave := math.Sin(float64(minute)/720*math.Pi + float64(lamp)/lamps)
	r := device.Reading{SentTS: ts, HasSeq: true, Boot: 3, Seq: uint32(minute + 1), Firmware: "2.1.0"}
	set := func(f device.Field, v, digits float64) { r.Set(f, math.Round(v*digits)/digits) }
	set(device.BatteryV, 12.9+0.4*wave, 100)
	set(device.BatteryA, 3*wave, 100)
	set(device.BatterySoC, 70+20*wave, 1)
	r.Set(device.BatterySoCMethod, 1)
	set(device.BatteryTemp, 18+6*wave, 10)
	set(device.PanelV, max(0, 18*wave), 100)
	set(device.PanelA, max(0, 4*wave), 100)
	set(device.PanelW, max(0, 72*wave), 10)
	set(device.LoadV, 12.8+0.4*wave, 100)
	if night {
		set(device.LoadA, 1.4+0.1*wave, 100)
		set(device.LoadW, 18+wave, 10)
		r.Set(device.LampOn, 1)
		r.Set(device.DimPct, 100)
	} else {
		r.Set(device.LoadA, 0)
		r.Set(device.LoadW, 0)
		r.Set(device.LampOn, 0)
		r.Set(device.DimPct, 0)
	}
	set(device.ControllerTemp, 24+6*wave, 10)
	r.Set(device.ChargeState, float64(minute/720%2))
	r.Set(device.ChargedWh, float64(48_000+minute/4))
	r.Set(device.ConsumedWh, float64(44_000+minute/4))
	r.Set(device.LitS, float64(16_200_000+minute*30))
	r.Set(device.SwitchCount, float64(1200+minute/720))
	set(device.RSSI, float64(-71-lamp%20), 1)
	set(device.Tilt, 1.5+float64(lamp%10)/10, 10)
	return r
}
