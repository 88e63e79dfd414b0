package cost

import (
	"fmt"
	"time"
)

// Column is one way of keeping touch.
type Column struct {
	Chinese, English string
	Link             Link
}

// Columns are the usual ways, with a version of TLS, certificates of a kind and a
// keep-alive of the connections that are kept.
func Columns(s Security, keepAlive time.Duration) []Column {
	resumed, full := s, s
	resumed.Resume, full.Resume = true, false
	return []Column{
		{"长连接，明文", "kept, plain", Link{Kept: true, KeepAlive: keepAlive}},
		{"长连接，TLS", "kept, TLS", Link{Security: full, Kept: true, KeepAlive: keepAlive}},
		{"每次连接，会话恢复", "each time, resumed", Link{Security: resumed}},
		{"每次连接，完整握手", "each time, full handshake", Link{Security: full}},
	}
}

// Megabytes writes bytes as MB (10^6) with one decimal, as operators bill.
func Megabytes(bytes int) string { return fmt.Sprintf("%.1f", float64(bytes)/1e6) }
