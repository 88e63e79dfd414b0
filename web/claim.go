package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
)

// Bounds of claiming. A code has 60 random bits: these are against load, and against a
// device that asks again and again.
const (
	claimsPerSecond = 20
	claimsAtOnce    = 200 // a truckload of lamps that is switched on together
	claimsOfLamp    = 10  // then one every claimPause
	claimPause      = 10 * time.Second
	claimantsMost   = 10_000
)

// claimLimits are how often somebody may try a claim code.
type claimLimits struct {
	all *rate.Limiter

	mu sync.Mutex
	of map[string]*rate.Limiter
}

func newClaimLimits() *claimLimits {
	return &claimLimits{all: rate.NewLimiter(claimsPerSecond, claimsAtOnce), of: map[string]*rate.Limiter{}}
}

func (c *claimLimits) allow(code string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.of[code]
	if one == nil {
		if len(c.of) >= claimantsMost {
			clear(c.of) // somebody makes codes up; the limit for all still holds
		}
		one = rate.NewLimiter(rate.Every(claimPause), claimsOfLamp)
		c.of[code] = one
	}
	return one.AllowN(now, 1) && c.all.AllowN(now, 1)
}

// claimAnswer is what a new lamp needs to speak with the broker.
type claimAnswer struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Prefix   string `json:"prefix"`
}

// claim is POST /claim: a new lamp or gateway trades the code of its label for its
// credential, once.
func (s *Server) claim(w http.ResponseWriter, r *http.Request, _ visitor) error {
	var in struct {
		Code  string `json:"code"`
		Claim string `json:"claim"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !device.ValidCode(in.Code) {
		return badRequest("请求无法读取", "the request cannot be read", `{"code":"JP-0001","claim":"ABCD-EFGH-2345"}`)
	}
	if !s.claims.allow(in.Code, s.cfg.Clock.Now()) {
		w.Header().Set("Retry-After", "10")
		return &problem{status: http.StatusTooManyRequests, Code: "too_many", Chinese: "尝试过于频繁，请稍后再试", English: "too many tries: try again later"}
	}
	secret, err := s.cfg.Registry.Redeem(r.Context(), in.Code, in.Claim, s.cfg.now())
	if errors.Is(err, registry.ErrClaim) {
		s.log.Warn("a claim code was refused", "code", in.Code, "peer", r.RemoteAddr)
		return &problem{
			status: http.StatusBadRequest, Code: "bad_claim", Chinese: "认领码无效：写错、已用过或已过期", English: "the claim code is not good: wrong, used or expired",
			Hint: "镇办可用 yingguang lamp claims 重新生成。 The town office makes a new one by yingguang lamp claims.",
		}
	}
	if err != nil {
		return err
	}
	s.log.Info("a claim code was traded for a credential", "code", in.Code, "peer", r.RemoteAddr)
	if s.cfg.Claimed != nil {
		s.cfg.Claimed(secret.Username)
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, claimAnswer{secret.Username, secret.Password, s.cfg.Prefix})
	return nil
}
