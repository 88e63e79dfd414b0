package profiles

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
)

// keys are what may stand in a profile; docs/profiles.md says what each means.
var keys = []string{
	"title", "extends", "topics", "qos", "payload", "ask", "frames", "batch", "inside", "pairs", "skip", "lamp", "lamp_case", "devices",
	"time", "binary", "fields", "faults", "fw", "boot", "seq", "examples",
}

// resolver makes profiles, those first that others extend.
type resolver struct {
	files map[string]source
	done  map[string]*profile.Profile
}

// profile makes one; under are those that wait for it.
func (r *resolver) profile(name string, under []string) (*profile.Profile, error) {
	if p := r.done[name]; p != nil {
		return p, nil
	}
	src := r.files[name]
	d := configs.NewDocument(src.file, src.text, false)
	if d.Root == nil {
		if err := d.Err(); err != nil {
			return nil, err
		}
		return nil, configs.Problems{{File: src.file, Line: 1, Column: 1, Text: "文件是空的 the file is empty"}}
	}
	p := &profile.Profile{QoS: 1, Form: profile.JSON}
	entries := d.Map(d.Root, "", keys...)
	if n := entries["extends"]; n != nil {
		base := d.Text(n, "extends")
		_, there := r.files[base]
		switch {
		case !there:
			d.Fail(n, "extends", "`yingguang profile list` 列出全部 lists all", "没有配置档 %q is no profile", base)
		case base == name || slices.Contains(under, base):
			d.Fail(n, "extends", "另起一个文件名 give the file another name", "配置档 %s 绕回到自己 comes back to itself", name)
		default:
			extended, err := r.profile(base, append(slices.Clone(under), name))
			if err != nil {
				return nil, err
			}
			clone := *extended
			p = &clone
			p.Topics, p.Examples = nil, nil // they are those of the other
			p.Devices = maps.Clone(extended.Devices)
		}
	}
	p.Name, p.File = name, src.file
	w := &writer{Document: d, profile: p}
	w.all(entries)
	if err := d.Err(); err != nil {
		return nil, err
	}
	r.done[name] = p
	return p, nil
}

// writer fills a profile from its file.
type writer struct {
	*configs.Document
	profile *profile.Profile
}

func (w *writer) all(n map[string]*yaml.Node) {
	p := w.profile
	title := w.Map(n["title"], "title", "zh", "en")
	p.Chinese, p.English = w.Text(title["zh"], "title.zh"), w.Text(title["en"], "title.en")
	if p.Chinese == "" || p.English == "" {
		w.Fail(w.Root, "title", "title: {zh: …, en: …}", "要有中英文标题 wants a title in Chinese and English")
	}
	for _, t := range w.Nodes(n["topics"]) {
		pattern, err := profile.ParsePattern(w.Text(t, "topics"))
		if err != nil {
			w.Fail(t, "topics", "", "%v", err)
			continue
		}
		p.Topics = append(p.Topics, pattern)
	}
	p.QoS = byte(w.Whole(n["qos"], "qos", 0, 1, int(p.QoS)))
	if f := n["payload"]; f != nil {
		p.Form = profile.Form(w.Text(f, "payload"))
		if p.Form != profile.JSON && p.Form != profile.Modbus {
			w.Fail(f, "payload", "", "%q 要写 json 或 modbus: want json (CBOR too) or modbus", p.Form)
		}
	}
	w.modbus(n)
	if b := n["batch"]; b != nil {
		var err error
		if p.Batch, err = profile.ParseBatch(w.Text(b, "batch")); err != nil {
			w.Fail(b, "batch", "", "%v", err)
		}
	}
	if n["inside"] != nil {
		p.Inside = w.paths(n["inside"], "inside")
	}
	if at := n["pairs"]; at != nil {
		m := w.Map(at, "pairs", "list", "name", "value")
		p.Pairs = &profile.Pairs{
			List: w.path(m["list"], at, "pairs.list"), Name: w.path(m["name"], at, "pairs.name"), Value: w.path(m["value"], at, "pairs.value"),
		}
	}
	if n["skip"] != nil {
		p.Skip = nil
		for _, c := range w.Nodes(n["skip"]) {
			m := w.Map(c, "skip", "path", "is")
			cond := profile.Condition{Path: w.path(m["path"], c, "skip.path")}
			for _, v := range w.Nodes(m["is"]) {
				cond.Is = append(cond.Is, w.Text(v, "skip.is"))
			}
			p.Skip = append(p.Skip, cond)
		}
	}
	w.lamp(n)
	if n["time"] != nil {
		p.Time = w.time(n["time"])
	}
	if n["binary"] != nil {
		p.Binary = w.path(n["binary"], n["binary"], "binary")
	}
	w.fields(n["fields"])
	if n["faults"] != nil {
		p.Faults = nil
		for _, f := range w.Nodes(n["faults"]) {
			p.Faults = append(p.Faults, w.fault(f))
		}
	}
	for _, q := range []struct {
		key  string
		into **profile.Quantity
	}{{"fw", &p.Firmware}, {"boot", &p.Boot}, {"seq", &p.Seq}} {
		if at := n[q.key]; at != nil {
			got := w.quantity(at, q.key, device.NumFields)
			*q.into = &got
		}
	}
	w.examples(n["examples"])
	if w.Err() == nil {
		w.whole(n)
	}
}

// whole looks at what only the profile as a whole can tell.
func (w *writer) whole(n map[string]*yaml.Node) {
	p := w.profile
	measured := false
	for f, q := range p.Fields {
		measured = measured || q != nil && device.Fields[f].Measured
	}
	switch {
	case !measured:
		w.Fail(w.Root, "fields", "例如 such as battery_v: {path: …}", "没有一个测量值 measures nothing")
	case p.Form == profile.Modbus && len(p.Ask) == 0:
		w.Fail(w.Root, "ask", "ask: [{function: 4, register: 0x3100, count: 18}]", "modbus 要写明采集器问哪些寄存器 wants the questions that the DTU asks")
	case len(p.Examples) == 0:
		w.Fail(w.Root, "examples", "见 see docs/profiles.md", "要有例子 wants an example: a payload and the reading that it gives")
	}
	if n["topics"] == nil || len(p.Lamp) > 0 {
		return
	}
	for _, t := range p.Topics {
		if !strings.Contains(string(t), "{lamp}") && !strings.Contains(string(t), "{device}") {
			w.Fail(n["topics"], "topics", "在主题里写 {lamp} 或 {device}，或用 lamp: 指出字段 put {lamp} or {device} in it, or say by lamp: which field names it",
				"%s 看不出是哪盏灯 does not tell which lamp it is", t)
		}
	}
}

func (w *writer) path(n, under *yaml.Node, key string) profile.Path {
	if n == nil {
		w.Fail(under, key, "", "缺少 is missing")
		return nil
	}
	p, err := profile.ParsePath(w.Text(n, key))
	if err != nil {
		w.Fail(n, key, "", "%v", err)
	}
	return p
}

func (w *writer) paths(n *yaml.Node, key string) []profile.Path {
	var out []profile.Path
	for _, p := range w.Nodes(n) {
		out = append(out, w.path(p, p, key))
	}
	return out
}

func (w *writer) lamp(n map[string]*yaml.Node) {
	p := w.profile
	if n["lamp"] != nil {
		p.Lamp = w.paths(n["lamp"], "lamp")
	}
	if c := n["lamp_case"]; c != nil {
		p.LampCase = profile.Case(w.Text(c, "lamp_case"))
		if p.LampCase != profile.Upper && p.LampCase != profile.Lower {
			w.Fail(c, "lamp_case", "", "%q 要写 upper 或 lower: want upper or lower", p.LampCase)
		}
	}
	for id, at := range w.Map(n["devices"], "devices") {
		lamp, err := device.ParseLampID(w.Text(at, "devices"))
		if err != nil {
			w.Fail(at, "devices", "", "%v", err)
			continue
		}
		if p.Devices == nil {
			p.Devices = map[string]device.LampID{}
		}
		p.Devices[strings.ToLower(id)] = lamp
	}
}

func (w *writer) time(n *yaml.Node) profile.Time {
	m := w.Map(n, "time", "path", "format", "zone", "require")
	t := profile.Time{Require: w.Bool(m["require"], "time.require")}
	if m["path"] == nil {
		w.Fail(n, "time.path", "没有时间的格式不写 time: leave time out where the payload has none", "缺少 is missing")
	} else {
		t.Paths = w.paths(m["path"], "time.path")
	}
	if z := m["zone"]; z != nil {
		var err error
		if t.Zone, err = time.LoadLocation(w.Text(z, "time.zone")); err != nil || z.Value == "" {
			w.Fail(z, "time.zone", "例如 such as Asia/Shanghai", "%q 不是时区 is no time zone", z.Value)
		}
	}
	switch format := w.Text(m["format"], "time.format"); format {
	case "", "auto":
	case profile.TimeUnix, profile.TimeMillis, profile.TimeMicros, profile.TimeNanos:
		t.Format = format
	default:
		layout, ok := profile.Layout(format)
		if !ok {
			w.Fail(m["format"], "time.format", "auto, s, ms, us, ns, 或 or \"YYYY-MM-DD hh:mm:ss\"", "%q 不是时间格式 is no format of a time", format)
		} else if t.Zone == nil {
			w.Fail(m["format"], "time.format", "加 add zone: Asia/Shanghai", "没有时区的时间要写 zone: a time without zone wants one")
		}
		t.Format = layout
	}
	return t
}

func (w *writer) modbus(n map[string]*yaml.Node) {
	p := w.profile
	if n["frames"] != nil {
		p.Frames = w.paths(n["frames"], "frames")
	}
	if n["ask"] == nil {
		return
	}
	p.Ask = nil
	seen := map[string]bool{}
	for _, a := range w.Nodes(n["ask"]) {
		m := w.Map(a, "ask", "function", "register", "count")
		answer := profile.Answer{
			Function: w.Whole(m["function"], "ask.function", 3, 4, 4),
			Register: w.Whole(m["register"], "ask.register", 0, 0xFFFF, 0),
			Count:    w.Whole(m["count"], "ask.count", 1, 125, 1),
		}
		id := fmt.Sprint(answer.Function, answer.Count)
		if seen[id] {
			w.Fail(a, "ask", "多问或少问一个寄存器 ask for one register more or less",
				"功能码和个数与前面的相同，回答分不清 has function and count of another: their answers cannot be told apart")
		}
		seen[id] = true
		p.Ask = append(p.Ask, answer)
	}
}
