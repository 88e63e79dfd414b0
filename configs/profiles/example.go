package profiles

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
)

// exampleReceived is when an example's message comes if it does not say.
const exampleReceived = device.Millis(1767225900000) // 2026-01-01T00:05:00Z

func (w *writer) examples(n *yaml.Node) {
	for _, at := range w.Nodes(n) {
		m := w.Map(at, "examples", "name", "topic", "received", "payload", "hex", "base64", "gzip", "readings", "rejected")
		e := profile.Example{Name: w.Text(m["name"], "examples.name"), Topic: w.Text(m["topic"], "examples.topic"), Line: at.Line, Received: exampleReceived}
		if r := m["received"]; r != nil {
			t, err := time.Parse(time.RFC3339, w.Text(r, "examples.received"))
			if err != nil {
				w.Fail(r, "examples.received", "例如 such as 2026-01-01T08:00:00+08:00", "不是时间 is no time")
			}
			e.Received = device.MillisOf(t)
		}
		e.Payload = w.payload(at, m)
		for _, r := range w.Nodes(m["readings"]) {
			want := map[string]string{}
			for field, v := range w.Map(r, "examples.readings") {
				if v.Kind == yaml.SequenceNode {
					var texts []string
					for _, item := range v.Content {
						texts = append(texts, item.Value)
					}
					want[field] = strings.Join(texts, ", ")
					continue
				}
				want[field] = w.Text(v, "examples.readings."+field)
			}
			e.Readings = append(e.Readings, want)
		}
		for _, r := range w.Nodes(m["rejected"]) {
			e.Rejected = append(e.Rejected, w.Text(r, "examples.rejected"))
		}
		w.profile.Examples = append(w.profile.Examples, e)
	}
}

// payload reads an example's bytes, as text, hex digits or base64.
func (w *writer) payload(at *yaml.Node, m map[string]*yaml.Node) []byte {
	var out []byte
	var err error
	switch {
	case m["payload"] != nil:
		out = []byte(strings.TrimSpace(w.Text(m["payload"], "examples.payload")))
	case m["hex"] != nil:
		out, err = hex.DecodeString(strings.Join(strings.Fields(w.Text(m["hex"], "examples.hex")), ""))
	case m["base64"] != nil:
		out, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(w.Text(m["base64"], "examples.base64")), ""))
	default:
		w.Fail(at, "examples", "", "没有 payload、hex 或 base64: has none of them")
	}
	if err != nil {
		w.Fail(at, "examples", "", "%v", err)
	}
	if w.Bool(m["gzip"], "examples.gzip") {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(out); err != nil || z.Close() != nil {
			w.Fail(at, "examples", "", "gzip: %v", err)
		}
		return packed.Bytes()
	}
	return out
}
