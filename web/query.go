package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// number reads a whole number of the query, or gives what holds where it is absent.
func number(v url.Values, name string, absent, least, most int64) (int64, error) {
	text := v.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		limits := fmt.Sprintf("%d – %d", least, most)
		return 0, badRequest(name+" 不对："+clip(text), "bad "+name+": "+clip(text), limits)
	}
	return n, nil
}

// ticketID reads the number in the path.
func ticketID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, badRequest("工单号不对", "bad ticket number", "17")
	}
	return id, nil
}
