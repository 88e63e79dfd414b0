package payload

import "github.com/yingguang/yingguang/device"

// Status decodes an online or offline message; a last will has no ts. The error
// is a *Reject. An empty payload, with which a retained status is removed from a
// broker, gives the reason Empty.
func (d *Decoder) Status(t Topic, payload []byte, received device.Millis) (device.Status, error) {
	st := device.Status{Subject: t.Subject(), Received: received}
	src, fault := d.source(payload)
	if fault == nil {
		fault = d.status(src, &st)
	}
	if fault != nil {
		fault.Lamp, fault.Readings = t.Lamp, 1
		return device.Status{}, fault
	}
	return st, nil
}

func (d *Decoder) status(src source, st *device.Status) *Reject {
	if !src.open(kindObject) {
		return d.notObject(src)
	}
	const slotOnline = slotUnknown + 1
	v := &d.value
	var clock device.Reading
	it := item{reading: &clock}
	for src.next() {
		s := slotUnknown
		switch string(src.key()) {
		case "online":
			s = slotOnline
		case "ts":
			s = slotTS
		}
		src.take(v)
		if s != slotUnknown && it.has(s) {
			it.refuse(DuplicateField, "online or ts is there twice: which one counts?")
		}
		it.seen |= 1 << s
		switch {
		case s == slotTS && v.kind != kindNull:
			d.ts(src, &it)
		case s == slotOnline && v.kind == kindBool:
			st.Online = v.num == 1
		case s == slotOnline:
			it.refuse(WrongType, "online %s: want true or false", src.show(v.raw))
		}
	}
	if fault := src.end(); fault != nil {
		return fault
	}
	if !it.has(slotOnline) {
		it.refuse(WrongType, `no online in it: want {"online":true,"ts":…}`)
	}
	st.TS = clock.SentTS
	return it.fault
}
