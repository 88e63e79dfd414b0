package score

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// Label is something that was really wrong, for a time.
type Label struct {
	Subject    device.Subject
	Fault      device.Fault
	Start, End device.Millis // End is 0 where it went on to the end
	Optional   bool          // may be found, need not be
}

// Alert is one alert from its firing to its end.
type Alert struct {
	ID      string
	Subject device.Subject
	Fault   device.Fault
	At, End device.Millis   // End is 0 where it went on to the end
	Lamps   []device.LampID // of one alert for many lamps; else empty
}

// ReadAlerts reads what backtest prints. Bad lines are left out and named.
func ReadAlerts(r io.Reader) ([]Alert, []error) {
	var bad []error
	var all Alerts
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		if err := all.line(text); err != nil {
			bad = append(bad, fmt.Errorf("line %d: %w", n, err))
		}
	}
	if err := lines.Err(); err != nil {
		bad = append(bad, err)
	}
	return all.List(), bad
}

// Alerts gathers changes into alerts.
type Alerts struct {
	byID map[string]int
	list []Alert
}

// List gives the alerts in the order of their firing.
func (a *Alerts) List() []Alert {
	return a.list
}

// Add takes one change of one alert.
func (a *Alerts) Add(c alerts.Change) {
	lamps, _ := c.Alert.Detail["lamps"].([]string)
	named := make([]device.LampID, len(lamps))
	for i, l := range lamps {
		named[i] = device.LampID(l)
	}
	a.add(Alert{ID: c.Alert.ID, Subject: c.Alert.Subject, Fault: c.Alert.Fault, At: c.At, Lamps: named}, c.Alert.State)
}

func (a *Alerts) add(change Alert, state alerts.State) {
	if a.byID == nil {
		a.byID = map[string]int{}
	}
	i, known := a.byID[change.ID]
	switch {
	case state == alerts.Firing && !known:
		a.byID[change.ID] = len(a.list)
		a.list = append(a.list, change)
	case state == alerts.Firing: // lamps joined it
		if len(change.Lamps) > len(a.list[i].Lamps) {
			a.list[i].Lamps = change.Lamps
		}
	case state != alerts.Firing && known:
		a.list[i].End = max(change.At, a.list[i].At)
		delete(a.byID, change.ID)
	}
}

func (a *Alerts) line(text []byte) error {
	var l struct {
		At      time.Time      `json:"at"`
		Alert   string         `json:"alert"`
		Fault   device.Fault   `json:"fault"`
		Subject device.Subject `json:"subject"`
		State   alerts.State   `json:"state"`
		Detail  struct {
			Lamps []device.LampID `json:"lamps"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(text, &l); err != nil {
		// Only the lamps of a detail matter, and those of an alert of ours only.
		var wrong *json.UnmarshalTypeError
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Field, "detail") {
			return fmt.Errorf("%w: want a line as backtest prints it", err)
		}
	}
	if _, ok := alerts.Find(l.Fault); !ok {
		return fmt.Errorf("fault %q is not in the catalogue", l.Fault)
	}
	if l.At.IsZero() || l.Subject == "" {
		return errors.New("at or subject is missing: want a line as backtest prints it")
	}
	if !slices.Contains([]alerts.State{alerts.Firing, alerts.Resolved, alerts.Retracted}, l.State) {
		return fmt.Errorf("state %q: want firing, resolved or retracted", l.State)
	}
	if l.Alert == "" {
		l.Alert = string(l.Fault) + "." + string(l.Subject)
	}
	a.add(Alert{ID: l.Alert, Subject: l.Subject, Fault: l.Fault, At: device.MillisOf(l.At), Lamps: l.Detail.Lamps}, l.State)
	return nil
}

// ReadLabels reads labels, CSV with a header: subject, fault, start, end and
// perhaps optional, in any order. Bad lines are left out and named.
func ReadLabels(r io.Reader) ([]Label, []error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	c.TrimLeadingSpace = true
	header, err := c.Read()
	if err != nil {
		return nil, []error{fmt.Errorf("line 1: %w: want subject,fault,start,end[,optional]", err)}
	}
	column := map[string]int{}
	for i, name := range header {
		column[strings.ToLower(strings.Trim(name, "\ufeff \t"))] = i
	}
	for _, name := range []string{"subject", "fault", "start", "end"} {
		if _, ok := column[name]; !ok {
			return nil, []error{fmt.Errorf("line 1: there is no column %s: want subject,fault,start,end[,optional]", name)}
		}
	}
	var labels []Label
	var bad []error
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return labels, bad
		}
		if err == nil {
			line, _ := c.FieldPos(0) // of a line that is no record it knows nothing, and panics
			var l Label
			if l, err = label(record, column); err == nil {
				labels = append(labels, l)
				continue
			}
			err = fmt.Errorf("line %d: %w", line, err)
		}
		bad = append(bad, err)
		if len(bad) > 1000 {
			return labels, bad
		}
	}
}

func label(record []string, column map[string]int) (Label, error) {
	get := func(name string) string {
		if i, ok := column[name]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	l := Label{Subject: device.Subject(get("subject")), Fault: device.Fault(get("fault"))}
	if l.Subject.Code() == "" {
		return l, fmt.Errorf("subject %q: want lamp:JP-0001, gateway:…, village:… or town:…", l.Subject)
	}
	if _, ok := alerts.Find(l.Fault); !ok {
		return l, fmt.Errorf("fault %q is not in the catalogue", l.Fault)
	}
	start, err := time.Parse(time.RFC3339, get("start"))
	if err != nil {
		return l, fmt.Errorf("start: %w", err)
	}
	l.Start = device.MillisOf(start)
	if text := get("end"); text != "" {
		end, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return l, fmt.Errorf("end: %w", err)
		}
		l.End = device.MillisOf(end)
	}
	if text := strings.ToLower(get("optional")); text != "" {
		yes, err := strconv.ParseBool(text)
		l.Optional = yes || err != nil && (text == "yes" || text == "optional")
	}
	return l, nil
}
