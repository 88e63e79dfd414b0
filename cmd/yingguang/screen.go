package main

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs"
)

// screen is what a person sees in the terminal while the system runs.
type screen struct {
	mu  sync.Mutex
	out io.Writer
}

func (s *screen) progress(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "  · "+format+"\n", args...)
}

func (s *screen) show(a app.Addresses, cfg *configs.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.out
	fmt.Fprintf(w, "\n萤光 Yingguang %s · %s\n\n", version, cfg.Town.Name)
	fmt.Fprintf(w, "  页面 page        %s\n", a.Page)
	for _, l := range a.Logins {
		fmt.Fprintf(w, "  %s  %s\n", l.Label, l.URL)
	}
	fmt.Fprintf(w, "  MQTT             %s\n", a.MQTT)
	if host, port, err := net.SplitHostPort(a.BrokerListen); err == nil {
		fmt.Fprintf(w, "  试一试 try       mosquitto_pub -h %s -p %s -q 1 -t %s -m '{\"ts\":%d,\"battery_v\":12.9,\"load_w\":18,\"lamp_on\":true}'\n",
			host, port, a.TryTopic, time.Now().Unix()) //nolint:forbidigo // a line for the terminal, at the wall clock
	}
	fmt.Fprintf(w, "  数据 data        %s\n", a.Data)
	fmt.Fprintf(w, "  停止 stop        Ctrl-C\n\n")
}
