package series

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/yingguang/yingguang/device"
)

// deleteAt removes every point of a lamp at one nanosecond.
func (c *Client) deleteAt(ctx context.Context, lamp device.LampID, at time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if info := c.info.Load(); info != nil && info.Major == 1 {
		database, _ := c.database()
		q := fmt.Sprintf(`DELETE WHERE "lamp" = '%s' AND time = %d`, lamp, at.UnixNano())
		return c.influxQL(ctx, q, database)
	}
	when := at.UTC().Format(time.RFC3339Nano)
	path := "api/v2/delete?" + url.Values{"org": {c.server.Org}, "bucket": {c.server.Bucket}}.Encode()
	return c.call(ctx, http.MethodPost, path, map[string]string{
		"start": when, "stop": when, "predicate": fmt.Sprintf(`lamp="%s"`, lamp),
	}, nil)
}
