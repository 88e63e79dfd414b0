package web

import "net/http"

const pushPath = " /push/{source}"

// push hands what vendors' clouds send to Config.Push, which knows their
// credentials and limits.
func (s *Server) push(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if s.cfg.Push == nil {
		return notFound("没有设置推送来源（ingest.push）", "no sources that push are set (ingest.push)")
	}
	s.cfg.Push.ServeHTTP(w, r)
	return nil
}
