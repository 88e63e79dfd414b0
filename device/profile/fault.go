package profile

import (
	"fmt"
	"math"
	"strings"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Faults says how a controller tells its faults: by bits, by codes, or by name.
type Faults struct {
	Value Quantity       // Words name codes; without Words and Bits the texts are taken as they are
	Bits  map[int]string // bit number to fault
}

// add appends the faults that the reading tells.
func (f *Faults) add(r *reading) *payload.Reject {
	v := f.Value.masked(f.Value.raw(r))
	if v == nil {
		return nil
	}
	if f.Bits != nil {
		n, ok := numberOf(v)
		if !ok || n < 0 || n > math.MaxUint32 || n != math.Trunc(n) {
			r.unknown++
			return nil
		}
		for bit := range 32 {
			if name, named := f.Bits[bit]; named && uint32(n)>>bit&1 == 1 {
				if reject := r.fault(name); reject != nil {
					return reject
				}
			}
		}
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, item := range list {
		text, ok := textOf(item)
		if !ok || text == "" || f.Value.ignored(text) {
			continue
		}
		if f.Value.Words != nil {
			word, listed := f.Value.Words[text]
			switch {
			case listed && word == "":
				continue // the code of "no fault"
			case listed:
				text = word
			default:
				text = "code " + text // a fault that the profile cannot name is one nevertheless
			}
		}
		if reject := r.fault(text); reject != nil {
			return reject
		}
	}
	return nil
}

// fault appends one name, once.
func (r *reading) fault(name string) *payload.Reject {
	for _, have := range r.out.Faults {
		if have == name {
			return nil
		}
	}
	switch {
	case len(r.out.Faults) == device.MaxFaults:
		return &payload.Reject{Reason: payload.TooMany, Text: fmt.Sprintf("faults holds more than %d", device.MaxFaults)}
	case len(name) > device.MaxFaultLen:
		return &payload.Reject{Reason: payload.TooLong, Text: fmt.Sprintf("faults: %s has %d bytes: want at most %d", shown(name), len(name), device.MaxFaultLen)}
	case strings.ContainsFunc(name, control):
		return &payload.Reject{Reason: payload.BadText, Text: fmt.Sprintf("faults: %s has a control character", shown(name))}
	}
	r.out.Faults = append(r.out.Faults, name)
	return nil
}
