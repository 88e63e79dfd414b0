package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/yingguang/yingguang/registry"
)

// problem is an error as the API gives it, in both languages.
type problem struct {
	status  int
	cause   error  // for the log; never shown
	Code    string `json:"code"`
	Chinese string `json:"message_zh"`
	English string `json:"message_en"`
	Hint    string `json:"hint"`
	By      string `json:"by,omitempty"` // who was faster
}

func (p *problem) Error() string { return p.Code + ": " + p.English }

func badRequest(zh, en, hint string) *problem {
	return &problem{status: http.StatusBadRequest, Code: "bad_request", Chinese: zh, English: en, Hint: hint}
}

func notFound(zh, en string) *problem {
	return &problem{status: http.StatusNotFound, Code: "not_found", Chinese: zh, English: en}
}

func wrongMethod(right string) *problem {
	return &problem{status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Chinese: "请用 " + right, English: "use " + right}
}

func unavailable(cause error, zh, en, hint string) *problem {
	return &problem{status: http.StatusServiceUnavailable, cause: cause, Code: "unavailable", Chinese: zh, English: en, Hint: hint}
}

// problemOf turns any error into what people may see of it.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if t, ok := errors.AsType[*registry.TakenError](err); ok {
		return &problem{
			status: http.StatusConflict, Code: "taken", By: t.By.Name,
			Chinese: t.By.Name + "已经接单", English: t.By.Name + " took it first",
		}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &problem{status: http.StatusRequestEntityTooLarge, Code: "too_large", Chinese: "请求太大", English: "the request is too large"}
	}
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return notFound("没有找到", "not found")
	case errors.Is(err, registry.ErrClosed):
		return &problem{status: http.StatusConflict, Code: "closed", Chinese: "工单已关闭", English: "the ticket is closed"}
	case errors.Is(err, registry.ErrNotTaken):
		return &problem{status: http.StatusConflict, Code: "not_yours", Chinese: "工单不在您手中", English: "the ticket is not yours"}
	case errors.Is(err, registry.ErrNotAllowed):
		return forbidden()
	}
	return &problem{
		status: http.StatusInternalServerError, cause: err, Code: "internal",
		Chinese: "系统出错了", English: "something went wrong here", Hint: "稍后再试；原因在服务器日志里。 Try again later; the server's log says why.",
	}
}

func (p *problem) write(w http.ResponseWriter) {
	w.Header().Del("Content-Encoding")
	writeJSON(w, p.status, p)
}

// writeJSON answers with v. What goes wrong after the head is sent is the connection's.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("web: answer of type %T: %v", v, err)) // a mistake of ours that tests find
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
