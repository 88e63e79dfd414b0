package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/yingguang/yingguang/configs/profiles"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/push"
)

// pushWindow is how far a signed time may be from ours.
const pushWindow = 5 * time.Minute

// pushHandler takes what clouds push; nil without sources.
func (a *App) pushHandler() (http.Handler, error) {
	if a.cfg.Ingest.Push == "" {
		return nil, nil //nolint:nilnil // without sources there is no handler
	}
	list, err := profiles.LoadPush(a.cfg.Ingest.Push, a.rooms.formats.set.Load().List())
	if err != nil {
		return nil, fmt.Errorf("push sources 推送来源:\n%w", err)
	}
	sources := map[string]push.Source{}
	for _, s := range list {
		var gate push.Gate
		switch s.Auth {
		case "onenet":
			gate = push.OneNET{Token: s.Token.Reveal(), Key: s.Key.Reveal()}
		case "bearer":
			gate = push.Bearer{Token: s.Token.Reveal()}
		case "hmac":
			gate = push.HMAC{Secret: s.Secret.Reveal(), Header: s.Header, Timestamp: s.Timestamp, Window: pushWindow, Clock: a.clock}
		}
		sources[s.Name] = push.Source{Profile: s.Profile, Gate: gate}
	}
	return push.New(push.Config{
		Sources: sources, MaxBody: int64(a.cfg.Ingest.MaxPayload), Clock: a.clock, Log: a.log.With("room", "push"), Registerer: a.metrics,
		Take: func(ctx context.Context, topic string, data []byte) (ingest.Taken, error) {
			in := a.rooms.intake.Load()
			if in == nil {
				return ingest.Taken{}, errors.New("starting: send it again soon")
			}
			return in.Take(ctx, topic, data)
		},
	})
}
