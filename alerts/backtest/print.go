package backtest

import (
	"encoding/json"
	"io"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// Printer writes one line of JSON for each change of an alert. What late data
// changed in silence and is said aloud later is one change.
type Printer struct {
	out  *json.Encoder
	zone *time.Location
	last map[string]alerts.State
}

// NewPrinter prints to w, with times in zone.
func NewPrinter(w io.Writer, zone *time.Location) *Printer {
	p := &Printer{json.NewEncoder(w), zone, map[string]alerts.State{}}
	p.out.SetEscapeHTML(false)
	return p
}

// Print writes one change.
func (p *Printer) Print(c alerts.Change) error {
	if p.last[c.Alert.ID] == c.Alert.State {
		return nil
	}
	p.last[c.Alert.ID] = c.Alert.State
	return p.out.Encode(struct {
		At      string         `json:"at"`
		Alert   string         `json:"alert"`
		Fault   device.Fault   `json:"fault"`
		Subject device.Subject `json:"subject"`
		State   alerts.State   `json:"state"`
		Since   string         `json:"since"`
		Quiet   bool           `json:"quiet,omitempty"`
		Detail  map[string]any `json:"detail,omitempty"`
	}{p.time(c.At), c.Alert.ID, c.Alert.Fault, c.Alert.Subject, c.Alert.State, p.time(c.Alert.Since), c.Quiet, c.Alert.Detail})
}

func (p *Printer) time(t device.Millis) string { return t.Time().In(p.zone).Format(time.RFC3339) }
