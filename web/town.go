package web

import (
	"net/http"
	"slices"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ledger"
)

type townName struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type villageCount struct {
	Village   device.Village `json:"village"`
	Installed int            `json:"installed"`
	Planned   int            `json:"planned"`
	ByState   stateCounts    `json:"by_state"`
}

type batchCount struct {
	Batch   int                  `json:"batch"`
	ByStage map[device.Stage]int `json:"by_stage"`
}

type ticketCount struct {
	Open  int `json:"open"`
	Taken int `json:"taken"`
}

type townView struct {
	At        device.Millis        `json:"at"`
	Town      townName             `json:"town"`
	Public    bool                 `json:"public"`
	Version   string               `json:"version"`
	Installed int                  `json:"installed"`
	Planned   int                  `json:"planned"`
	ByState   stateCounts          `json:"by_state"`
	ByStage   map[device.Stage]int `json:"by_stage"`
	Villages  []villageCount       `json:"villages"`
	Batches   []batchCount         `json:"batches"`
	Ready     bool                 `json:"ready"`
	Tickets   *ticketCount         `json:"tickets,omitempty"`
	Ledger    *ledger.Count        `json:"ledger,omitempty"`
	Rooms     []RoomState          `json:"rooms,omitempty"`
}

func (s *Server) name() townName { return townName(s.cfg.Town) }

// town is GET /town: what the first page says above the list.
func (s *Server) town(w http.ResponseWriter, r *http.Request, v visitor) error {
	state := s.rooms(r.Context())
	out := townView{
		At: s.cfg.now(), Town: s.name(), Public: s.cfg.Public, Version: s.cfg.Version, ByStage: map[device.Stage]int{},
		Villages: []villageCount{}, Batches: []batchCount{}, Ready: state.Ready,
	}
	out.count(s.live.all())
	level := v.level(s.cfg.Public)
	if level >= volunteers {
		var n ticketCount
		n.Open, n.Taken = s.live.tickets()
		out.Tickets = &n
	}
	if level >= office {
		out.Rooms = state.Rooms
		if s.cfg.Ledger != nil {
			totals, err := s.cfg.Ledger.Totals(r.Context())
			if err != nil {
				return err
			}
			out.Ledger = &totals
		}
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// count sorts the registered lamps into villages and batches.
func (t *townView) count(rows []row) {
	villages, batches := map[device.Village]*villageCount{}, map[int]*batchCount{}
	for i := range rows {
		r := &rows[i]
		if !r.registered {
			continue
		}
		in, ok := villages[r.lamp.Place.Village]
		if !ok {
			in = &villageCount{Village: r.lamp.Place.Village}
			villages[in.Village] = in
		}
		batch, ok := batches[r.lamp.Batch]
		if !ok {
			batch = &batchCount{Batch: r.lamp.Batch, ByStage: map[device.Stage]int{}}
			batches[r.lamp.Batch] = batch
		}
		t.ByStage[r.lamp.Stage]++
		batch.ByStage[r.lamp.Stage]++
		switch {
		case r.installed():
			w := r.word(t.At)
			t.Installed++
			in.Installed++
			t.ByState.add(w)
			in.ByState.add(w)
		case planned(r.lamp.Stage):
			t.Planned++
			in.Planned++
		}
	}
	for _, v := range villages {
		t.Villages = append(t.Villages, *v)
	}
	slices.SortFunc(t.Villages, func(a, b villageCount) int { // the largest first, then by name
		if a.Installed != b.Installed {
			return b.Installed - a.Installed
		}
		if a.Village < b.Village {
			return -1
		}
		return 1
	})
	for _, b := range batches {
		t.Batches = append(t.Batches, *b)
	}
	slices.SortFunc(t.Batches, func(a, b batchCount) int { return a.Batch - b.Batch })
}

// planned says whether a lamp is on its way: proposed to installing.
func planned(s device.Stage) bool { return s != device.Installed && s != device.Retired }
