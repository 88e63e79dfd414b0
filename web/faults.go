package web

import (
	"net/http"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// words are one text in both languages.
type words struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// faultOf is an entry of the catalogue as pages show it.
type faultOf struct {
	Code      device.Fault `json:"code"`
	Severity  string       `json:"severity"`
	Title     words        `json:"title"`
	Villager  words        `json:"villager"`
	Volunteer words        `json:"volunteer"`
	Bring     words        `json:"bring"`
	Check     words        `json:"check"`
}

func faultFrom(e *alerts.Entry) faultOf {
	return faultOf{
		e.Fault, severityWord(e.Severity), both(e.Title), both(e.Villager), both(e.Volunteer), both(e.Bring), both(e.Check),
	}
}

func both(w alerts.Words) words { return words{w.ZH, w.EN} }

// explain adds the catalogue's entries of faults.
func explain(into map[device.Fault]faultOf, faults ...device.Fault) {
	for _, f := range faults {
		if _, ok := into[f]; ok {
			continue
		}
		if e, ok := alerts.Find(f); ok {
			into[f] = faultFrom(&e)
		}
	}
}

// faults is GET /faults.
func (s *Server) faults(w http.ResponseWriter, _ *http.Request, _ visitor) error {
	list := []faultOf{}
	for _, e := range alerts.Catalogue() {
		list = append(list, faultFrom(&e))
	}
	writeJSON(w, http.StatusOK, map[string]any{"faults": list})
	return nil
}
