package series

import "context"

// Info is what Check found.
type Info struct {
	Version string // such as 1.8.10 or v2.7.12; "unknown" in home-made builds
	Major   int    // 1 or 2
}

// Check asks the server what it is, without changing anything. Its error says
// what to do about it: not reachable, not InfluxDB 1.8 or 2.x, token refused,
// Flux not enabled.
func (c *Client) Check(ctx context.Context) (Info, error) { panic("soon") }

// Setup makes the bucket or database where it is missing and sets its retention.
// It may be repeated.
func (c *Client) Setup(ctx context.Context) error { panic("soon") }
