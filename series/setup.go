package series

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Info is what Check found.
type Info struct {
	Version string // such as 1.8.10 or v2.7.12; "unknown" in home-made builds
	Major   int    // 1 or 2
}

// Check asks the server what it is, without changing anything. Its error says
// what to do about it: not reachable, not InfluxDB 1.8 or 2.x, token refused,
// Flux not enabled.
func (c *Client) Check(ctx context.Context) (Info, error) {
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	info, err := c.identify(ctx)
	if err != nil {
		return Info{}, err
	}
	// The smallest query there is shows whether the token is good and Flux is on.
	result, err := c.reads.Query(ctx, "buckets() |> limit(n: 1)")
	if err != nil {
		return info, c.explain(err)
	}
	if err := result.Close(); err != nil {
		return info, c.explain(err)
	}
	c.info.Store(&info)
	return info, nil
}

// identify tells 1.8 from 2.x by the version that /ping names; a home-made build
// names none, but only 2.x knows /api/v2/setup.
func (c *Client) identify(ctx context.Context) (Info, error) {
	header, err := c.ping(ctx)
	if err != nil {
		return Info{}, c.explain(err)
	}
	version := header.Get("X-Influxdb-Version")
	switch plain := strings.TrimPrefix(version, "v"); {
	case strings.HasPrefix(plain, "1.8"), strings.HasPrefix(plain, "1.9"), strings.HasPrefix(plain, "1.1"): // 1.9 to 1.12 are its heirs
		return Info{version, 1}, nil
	case strings.HasPrefix(plain, "2."):
		return Info{version, 2}, nil
	case strings.HasPrefix(plain, "0."), strings.HasPrefix(plain, "1."), strings.HasPrefix(plain, "3."):
		return Info{}, fmt.Errorf("influxdb.url %s is InfluxDB %s: want 1.8 or 2.x", c.server.URL, version)
	case header.Get("X-Influxdb-Build") == "" && version == "":
		return Info{}, fmt.Errorf("influxdb.url %s answers but is not InfluxDB: check host and port", c.server.URL)
	}
	err = c.call(ctx, http.MethodGet, "api/v2/setup", nil, nil)
	if code, _ := answerOf(err); code == http.StatusNotFound {
		return Info{version, 1}, nil
	}
	if err != nil {
		return Info{}, c.explain(err)
	}
	return Info{version, 2}, nil
}

// Setup makes the bucket or database where it is missing and sets its retention.
// It may be repeated. Where the token may not do so and the bucket is there, it is
// left as it is.
func (c *Client) Setup(ctx context.Context) error {
	info, err := c.Check(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	if info.Major == 1 {
		return c.setupDatabase(ctx)
	}
	return c.setupBucket(ctx)
}

// setupDatabase speaks InfluxQL, since 1.8 has no /api/v2/buckets.
func (c *Client) setupDatabase(ctx context.Context) error {
	database, policy := c.database()
	keep, shards := seconds(c.server.Retention), seconds(shardsFor(c.server.Retention))
	for _, q := range []string{
		fmt.Sprintf("CREATE DATABASE %s", quoteName(database)),
		// With the same duration this changes nothing where the policy is there …
		fmt.Sprintf("CREATE RETENTION POLICY %s ON %s DURATION %s REPLICATION 1 SHARD DURATION %s", quoteName(policy), quoteName(database), keep, shards),
		// … and with another one this does.
		fmt.Sprintf("ALTER RETENTION POLICY %s ON %s DURATION %s SHARD DURATION %s", quoteName(policy), quoteName(database), keep, shards),
	} {
		err := c.influxQL(ctx, q, database)
		if err != nil && !denied(err) && !strings.Contains(err.Error(), "retention policy") {
			return c.explain(err)
		}
	}
	return nil
}

// database splits "database/policy"; 1.8 calls its own policy autogen.
func (c *Client) database() (name, policy string) {
	name, policy, ok := strings.Cut(c.server.Bucket, "/")
	if !ok || policy == "" {
		policy = "autogen"
	}
	return name, policy
}

// influxQL runs a statement that changes something on 1.8.
func (c *Client) influxQL(ctx context.Context, q, database string) error {
	var body struct {
		Results []struct{ Error string }
	}
	if err := c.call(ctx, http.MethodPost, "query", url.Values{"q": {q}, "db": {database}}, &body); err != nil {
		return err
	}
	for _, r := range body.Results {
		if r.Error != "" {
			return &answer{code: http.StatusOK, words: r.Error}
		}
	}
	return nil
}

// bucket is what the API of 2.x says of one.
type bucket struct {
	ID             string      `json:"id,omitempty"`
	OrgID          string      `json:"orgID,omitempty"`
	Name           string      `json:"name,omitempty"`
	RetentionRules []retention `json:"retentionRules"`
}

type retention struct {
	Type         string `json:"type"`
	EverySeconds int64  `json:"everySeconds"` // 0 keeps for ever
	ShardSeconds int64  `json:"shardGroupDurationSeconds"`
}

func (b *bucket) keeps() int64 {
	if len(b.RetentionRules) == 0 {
		return 0
	}
	return b.RetentionRules[0].EverySeconds
}

// setupBucket uses the API of 2.x.
func (c *Client) setupBucket(ctx context.Context) error {
	keep := int64(c.server.Retention / time.Second)
	rules := []retention{{"expire", keep, int64(shardsFor(c.server.Retention) / time.Second)}}
	var found struct{ Buckets []bucket }
	err := c.call(ctx, http.MethodGet, "api/v2/buckets?"+url.Values{"org": {c.server.Org}, "name": {c.server.Bucket}}.Encode(), nil, &found)
	if err == nil && len(found.Buckets) > 0 {
		if found.Buckets[0].keeps() == keep {
			return nil
		}
		err := c.call(ctx, http.MethodPatch, "api/v2/buckets/"+found.Buckets[0].ID, bucket{RetentionRules: rules}, nil)
		if err != nil && !denied(err) {
			return fmt.Errorf("set retention of bucket %s: %w", c.server.Bucket, c.explain(err))
		}
		return nil
	}
	if code, _ := answerOf(err); err != nil && code != http.StatusNotFound {
		return c.explain(err)
	}
	var orgs struct{ Orgs []struct{ ID string } }
	if err := c.call(ctx, http.MethodGet, "api/v2/orgs?"+url.Values{"org": {c.server.Org}}.Encode(), nil, &orgs); err != nil {
		return c.explain(err)
	}
	if len(orgs.Orgs) == 0 {
		return fmt.Errorf("influxdb.org %q is not known to InfluxDB, or not to this token", c.server.Org)
	}
	if err := c.call(ctx, http.MethodPost, "api/v2/buckets", bucket{OrgID: orgs.Orgs[0].ID, Name: c.server.Bucket, RetentionRules: rules}, nil); err != nil {
		return fmt.Errorf("create bucket %s: %w", c.server.Bucket, c.explain(err))
	}
	return nil
}

// seconds writes a duration for InfluxQL; 0 keeps for ever.
func seconds(d time.Duration) string { return fmt.Sprintf("%ds", d/time.Second) }

// shardsFor is InfluxDB's own choice of shard length for a retention. It does not
// change it with the retention, and refuses one that is shorter than its shards.
func shardsFor(retention time.Duration) time.Duration {
	switch {
	case retention == 0 || retention > 180*24*time.Hour:
		return 7 * 24 * time.Hour
	case retention > 2*24*time.Hour:
		return 24 * time.Hour
	default:
		return time.Hour
	}
}

func quoteName(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
