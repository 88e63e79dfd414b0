package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

func (h *house) claimCode(subject device.Subject, life time.Duration) string {
	h.t.Helper()
	claims, err := h.db.MakeClaims(h.t.Context(), []device.Subject{subject}, h.server.cfg.now().Add(life))
	if err != nil {
		h.t.Fatal(err)
	}
	return claims[0].Code
}

func (h *house) tryClaim(lamp, code string) answer {
	return h.do(http.MethodPost, "/api/v1/claim", fmt.Sprintf(`{"code":%q,"claim":%q}`, lamp, code), nil)
}

// A new lamp trades the code of its label for its credential: once, in time, and as
// people read labels.
func TestClaimCodeIsTradedOnce(t *testing.T) {
	var claimed []string
	h := open(t, func(c *Config) {
		c.Prefix, c.Claimed = "jiaping", func(name string) { claimed = append(claimed, name) }
	})
	code := h.claimCode("lamp:JP-0001", time.Hour)
	for name, try := range map[string][2]string{
		"a wrong code": {"JP-0001", "AAAA-AAAA-AAAA"}, "the code of another": {"JP-0002", code}, "a lamp that is not there": {"XX-1", code},
		"no code": {"JP-0001", ""}, "a long one": {"JP-0001", strings.Repeat("A", 10_000)},
	} {
		if a := h.tryClaim(try[0], try[1]); a.status != http.StatusBadRequest || !strings.Contains(a.body, "bad_claim") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	a := h.tryClaim("JP-0001", strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	var got claimAnswer
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != http.StatusOK || got.Username != "JP-0001" || got.Prefix != "jiaping" || len(got.Password) < 26 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if c, ok, err := h.db.Credential(t.Context(), "JP-0001"); err != nil || !ok || c.Kind != device.KindLamp {
		t.Errorf("the registry has %+v, %v, %v", c, ok, err)
	}
	if a := h.tryClaim("JP-0001", code); a.status != http.StatusBadRequest {
		t.Errorf("it was traded twice: %d %s", a.status, a.body)
	}
	if len(claimed) != 1 || claimed[0] != "JP-0001" {
		t.Errorf("the broker was told of %v", claimed)
	}
	late := h.claimCode("lamp:JP-0003", -time.Second)
	if a := h.tryClaim("JP-0003", late); a.status != http.StatusBadRequest {
		t.Errorf("an expired code: %d %s", a.status, a.body)
	}
	if strings.Contains(h.log.String(), got.Password) || strings.Contains(h.log.String(), code) {
		t.Error("a secret is in the log")
	}
}

// Of many who try one code at once, one gets the credential.
func TestClaimCodeIsTradedOnceUnderRace(t *testing.T) {
	h := open(t)
	code := h.claimCode("lamp:JP-0001", time.Hour)
	var all sync.WaitGroup
	won := make(chan int, claimsOfLamp)
	for range claimsOfLamp {
		all.Go(func() {
			if h.tryClaim("JP-0001", code).status == http.StatusOK {
				won <- 1
			}
		})
	}
	all.Wait()
	if len(won) != 1 {
		t.Errorf("%d got a credential, want one", len(won))
	}
}

// Who tries again and again is told to wait, and others are not.
func TestClaimsAreRateLimited(t *testing.T) {
	now := time.Date(2026, 1, 4, 18, 0, 0, 0, time.UTC)
	c := newClaimLimits()
	for i := range claimsOfLamp {
		if !c.allow("JP-0001", now) {
			t.Fatalf("try %d was refused", i)
		}
	}
	if c.allow("JP-0001", now) {
		t.Error("one more was allowed")
	}
	if !c.allow("JP-0002", now) || !c.allow("JP-0001", now.Add(claimPause)) {
		t.Error("another lamp, or a later try, was refused")
	}
	for i := range 2 * claimantsMost {
		c.allow(fmt.Sprint("made-up-", i), now)
	}
	if c.allow("JP-0003", now) || len(c.of) > claimantsMost {
		t.Errorf("a storm of made-up codes is not limited: %d are remembered", len(c.of))
	}
	h := open(t)
	var a answer
	for range claimsOfLamp + 1 {
		a = h.tryClaim("JP-0001", "AAAA-AAAA-AAAA")
	}
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
}
