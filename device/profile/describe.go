package profile

import (
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Describe gives a reading as field and text, as examples in profiles and
// `yingguang profile test` write it. Times are RFC 3339 in the zone.
func Describe(r *device.Reading, zone *time.Location) map[string]string {
	out := map[string]string{"lamp": string(r.Lamp)}
	if r.Gateway != "" {
		out["gateway"] = string(r.Gateway)
	}
	if r.SentTS != 0 {
		out["ts"] = r.SentTS.Time().In(zone).Format(time.RFC3339Nano)
	}
	if r.HasSeq {
		out["seq"] = strconv.FormatUint(uint64(r.Seq), 10)
		if r.Boot != 0 {
			out["boot"] = strconv.FormatUint(uint64(r.Boot), 10)
		}
	}
	for f := range device.NumFields {
		v, ok := r.Get(f)
		if !ok {
			continue
		}
		switch spec := &device.Fields[f]; spec.Kind {
		case device.Bool:
			out[spec.Name] = strconv.FormatBool(v == 1)
		case device.Enum:
			out[spec.Name] = spec.Words[int(v)]
		default:
			out[spec.Name] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	if r.Firmware != "" {
		out["fw"] = r.Firmware
	}
	if len(r.Faults) > 0 {
		out["faults"] = strings.Join(r.Faults, ", ")
	}
	return out
}
