package web

import (
	"encoding/hex"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/ledger"
)

// maxShown is how much of a rejected payload a page shows, in bytes.
const maxShown = 4 << 10

type ledgerView struct {
	Totals   ledger.Count `json:"totals"`
	Balanced bool         `json:"balanced"`
	Days     []ledger.Day `json:"days"`
}

// ledger is GET /ledger.
func (s *Server) ledger(w http.ResponseWriter, r *http.Request, _ visitor) error {
	limit, err := number(r.URL.Query(), "limit", 14, 1, 400)
	if err != nil {
		return err
	}
	if s.cfg.Ledger == nil {
		return unavailable(nil, "没有账本", "no ledger", "")
	}
	var out ledgerView
	if out.Totals, err = s.cfg.Ledger.Totals(r.Context()); err != nil {
		return err
	}
	if out.Days, err = s.cfg.Ledger.Days(r.Context(), int(limit)); err != nil {
		return err
	}
	if out.Days == nil {
		out.Days = []ledger.Day{}
	}
	out.Balanced = out.Totals.Balanced()
	for _, d := range out.Days {
		out.Balanced = out.Balanced && d.Balanced()
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

type gapView struct {
	ledger.Gap
	Lost int64 `json:"lost"`
}

// gaps is GET /ledger/gaps: what was lost on the way, the newest first.
func (s *Server) gaps(w http.ResponseWriter, r *http.Request, _ visitor) error {
	q := r.URL.Query()
	limit, err := number(q, "limit", 100, 1, 1000)
	if err != nil {
		return err
	}
	lamp, day := q.Get("lamp"), q.Get("day")
	if lamp != "" && !device.ValidCode(lamp) {
		return badRequest("编号不对："+clip(lamp), "no such lamp code: "+clip(lamp), "JP-0001")
	}
	if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
		return badRequest("日期不对："+clip(day), "no such day: "+clip(day), "2026-01-04")
	}
	if s.cfg.Ledger == nil {
		return unavailable(nil, "没有账本", "no ledger", "")
	}
	gaps, err := s.cfg.Ledger.Gaps(r.Context(), device.LampID(lamp), day, int(limit))
	if err != nil {
		return err
	}
	list := make([]gapView, len(gaps))
	for i, g := range gaps {
		list[i] = gapView{g, g.Lost()}
	}
	writeJSON(w, http.StatusOK, map[string]any{"gaps": list})
	return nil
}

type rejectedView struct {
	Seq      uint64        `json:"seq"`
	Received device.Millis `json:"received"`
	Topic    string        `json:"topic"`
	Lamp     device.LampID `json:"lamp"`
	Reason   string        `json:"reason"`
	Text     string        `json:"text"`
	Payload  string        `json:"payload"`
	Encoding string        `json:"encoding"`
	Cut      bool          `json:"cut"`
	Length   int           `json:"length"`
	SHA256   string        `json:"sha256"`
	Readings int           `json:"readings"`
}

func rejectedOf(r *journal.Rejected) rejectedView {
	shown, encoding := safeText(r.Payload, maxShown)
	length := max(r.Length, len(r.Payload))
	topic, _ := safeText([]byte(r.Topic), 512)
	return rejectedView{
		r.Seq, r.Received, topic, r.Lamp, r.Reason, r.Text, shown, encoding,
		length > min(len(r.Payload), maxShown), length, r.SHA256, r.Readings,
	}
}

// safeText shows bytes as text where they are text, else in hex; at most limit bytes of them.
func safeText(b []byte, limit int) (text, encoding string) {
	head := b
	if len(head) > limit {
		head = head[:limit]
		for cut := 0; cut < utf8.UTFMax-1 && len(head) > 0; cut++ { // not through a character
			if r, size := utf8.DecodeLastRune(head); r != utf8.RuneError || size > 1 {
				break
			}
			head = head[:len(head)-1]
		}
	}
	if !utf8.Valid(head) {
		return hex.EncodeToString(b[:min(len(b), limit)]), "hex"
	}
	for _, r := range string(head) {
		// Controls could hide text, and marks of direction turn it around.
		if r != '\n' && r != '\t' && r != '\r' && !unicode.IsPrint(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) {
			return hex.EncodeToString(b[:min(len(b), limit)]), "hex"
		}
	}
	return string(head), "text"
}

// rejected is GET /rejected.
func (s *Server) rejected(w http.ResponseWriter, r *http.Request, _ visitor) error {
	q := r.URL.Query()
	before, err := number(q, "before", 0, 0, 1<<62)
	if err != nil {
		return err
	}
	limit, err := number(q, "limit", 50, 1, 200)
	if err != nil {
		return err
	}
	list, err := s.cfg.Journal.RejectedList(r.Context(), uint64(before), int(limit))
	if err != nil {
		return err
	}
	out := struct {
		Rejected []rejectedView `json:"rejected"`
		Next     *uint64        `json:"next"`
	}{Rejected: make([]rejectedView, len(list))}
	for i := range list {
		out.Rejected[i] = rejectedOf(&list[i])
	}
	if len(list) == int(limit) {
		out.Next = &list[len(list)-1].Seq
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
