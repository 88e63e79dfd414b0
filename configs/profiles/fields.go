package profiles

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
)

func (w *writer) fields(n *yaml.Node) {
	if n == nil {
		return
	}
	var names []string
	for f := range device.NumFields {
		names = append(names, f.String())
	}
	for name, at := range w.Map(n, "fields", names...) {
		f := device.Field(slices.Index(names, name))
		if at.Tag == "!!null" {
			w.profile.Fields[f] = nil // leaves out what the extended profile has
			continue
		}
		q := w.quantity(at, "fields."+name, f)
		w.profile.Fields[f] = &q
	}
}

// quantity reads where a value is and what it means; f is NumFields for what is
// no field of the table.
func (w *writer) quantity(n *yaml.Node, key string, f device.Field) profile.Quantity {
	if n.Kind == yaml.ScalarNode || n.Kind == yaml.SequenceNode { // battery_v: data.voltage is short for {path: …}
		return profile.Quantity{Paths: w.paths(n, key)}
	}
	m := w.Map(n, key, "path", "at", "register", "type", "mask", "ignore", "words", "value", "scale", "offset", "unit", "unit_path", "bits")
	q := profile.Quantity{
		Paths: w.paths(m["path"], key+".path"),
		Scale: w.Number(m["scale"], key+".scale", 1), Offset: w.Number(m["offset"], key+".offset", 0),
		Value: w.Text(m["value"], key+".value"),
		Mask:  uint64(w.Whole(m["mask"], key+".mask", 1, 0xFFFF_FFFF, 0)),
	}
	if m["scale"] != nil && q.Scale == 0 {
		w.Fail(m["scale"], key+".scale", "", "不能是 0 cannot be 0")
	}
	kind := profile.RawType(w.Text(m["type"], key+".type"))
	raw := func(at string, most int) *profile.Raw {
		if m[at] == nil {
			return nil
		}
		if kind == "" {
			kind = profile.U16
		}
		if kind.Size() == 0 || at == "register" && (kind.Size() == 1 || strings.HasSuffix(string(kind), "-le")) {
			w.Fail(n, key+".type", "u16, s16, u32, s32, u32-low, s32-low; 字节 bytes: u8, s8, u16-le, s16-le, u32-le", "%q 不能用 cannot stand here", kind)
			return nil
		}
		return &profile.Raw{Offset: w.Whole(m[at], key+"."+at, 0, most, 0), Type: kind}
	}
	q.At, q.Register = raw("at", 255), raw("register", 0xFFFF)
	if q.Register != nil {
		w.asked(m["register"], key, q.Register)
	}
	if q.At != nil && w.profile.Binary == nil {
		w.Fail(m["at"], key+".at", "binary: data", "要用 binary 指出那串字节 wants binary: with the path to the bytes")
	}
	if len(q.Paths) == 0 && q.At == nil && q.Register == nil && q.Value == "" {
		w.Fail(n, key, "", "没有写 path、at、register 或 value: says not where it is")
	}
	for _, i := range w.Nodes(m["ignore"]) {
		q.Ignore = append(q.Ignore, w.Text(i, key+".ignore"))
	}
	if m["words"] != nil {
		q.Words = w.words(m["words"], key, f)
	}
	w.unit(m, key, f, &q)
	return q
}

// asked sees to it that a register is within what the DTU asks.
func (w *writer) asked(n *yaml.Node, key string, r *profile.Raw) {
	for _, a := range w.profile.Ask {
		if r.Offset >= a.Register && r.Offset+r.Type.Size()/2 <= a.Register+a.Count {
			return
		}
	}
	w.Fail(n, key+".register", "见 ask: see ask", "采集器没有问这个寄存器 is not among the registers that the DTU asks")
}

// words reads what a vendor's words mean, which must be words of the field.
func (w *writer) words(n *yaml.Node, key string, f device.Field) map[string]string {
	out := map[string]string{}
	for from, at := range w.Map(n, key+".words") {
		to := w.Text(at, key+".words")
		if f < device.NumFields {
			spec := &device.Fields[f]
			switch _, err := strconv.ParseFloat(to, 64); {
			case spec.Kind == device.Enum && !slices.Contains(spec.Words, to),
				spec.Kind == device.Bool && to != "true" && to != "false",
				spec.Kind < device.Bool && err != nil:
				w.Fail(at, key+".words."+from, "要写 want "+spec.Range(), "%q 不是 %s 的值 is no value of it", to, f)
			}
		}
		out[from] = to
	}
	return out
}

func (w *writer) unit(m map[string]*yaml.Node, key string, f device.Field, q *profile.Quantity) {
	if m["unit"] == nil && m["unit_path"] == nil {
		return
	}
	if f >= device.NumFields {
		w.Fail(m["unit"], key+".unit", "", "没有单位 has no unit")
		return
	}
	if m["unit"] != nil {
		var err error
		if q.Unit, err = profile.UnitOf(f, w.Text(m["unit"], key+".unit")); err != nil {
			w.Fail(m["unit"], key+".unit", "", "%v", err)
		}
	}
	if m["unit_path"] != nil {
		q.UnitPath, q.Units = w.path(m["unit_path"], m["unit_path"], key+".unit_path"), profile.UnitsOf(f)
	}
}

func (w *writer) fault(n *yaml.Node) *profile.Faults {
	f := &profile.Faults{Value: w.quantity(n, "faults", device.NumFields)}
	if n.Kind != yaml.MappingNode {
		return f
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "bits" {
			continue
		}
		f.Bits = map[int]string{}
		for bit, at := range w.Map(n.Content[i+1], "faults.bits") {
			number, err := strconv.Atoi(bit)
			if err != nil || number < 0 || number > 31 {
				w.Fail(at, "faults.bits."+bit, "", "位号要是 0 到 31: a bit is 0 to 31")
				continue
			}
			f.Bits[number] = w.Text(at, "faults.bits")
		}
	}
	for _, name := range f.Bits {
		w.faultName(n, name)
	}
	for _, name := range f.Value.Words {
		w.faultName(n, name)
	}
	return f
}

func (w *writer) faultName(n *yaml.Node, name string) {
	if len(name) > device.MaxFaultLen {
		w.Fail(n, "faults", "", "故障名 %q 超过 %d 字节 has more than %d bytes", name, device.MaxFaultLen, device.MaxFaultLen)
	}
}
