package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Server answers for the API and the pages.
type Server struct {
	cfg     Config
	log     *slog.Logger
	live    *live
	metrics *metrics
	claims  *claimLimits
	handler http.Handler
}

// New makes a server; Run and Serve start it. Its error names what is missing in
// cfg, or a metric that is registered twice.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.Registry == nil:
		return nil, errors.New("web: no registry")
	case cfg.Journal == nil:
		return nil, errors.New("web: no journal")
	case cfg.Clock == nil:
		return nil, errors.New("web: no clock")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	s := &Server{cfg: cfg, log: cfg.Log, claims: newClaimLimits()}
	s.live = newLive(&s.cfg)
	var err error
	if s.metrics, err = newMetrics(cfg.Registerer, s.live); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if err := s.live.refresh(context.Background(), true); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if s.handler, err = s.routes(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return s, nil
}

// Handler answers every request; it works before Run, with the last states in SQL.
func (s *Server) Handler() http.Handler { return s.handler }

// Run keeps the live view until ctx ends, which gives nil and ends every open
// stream at once.
func (s *Server) Run(ctx context.Context) error { return s.live.run(ctx) }

// Serve answers on l until ctx ends, then gives running requests 3 seconds before it cuts them off.
// Streams end at once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second, // streams move theirs with each write
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	h.RegisterOnShutdown(s.live.hub.close)
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("web: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(s.cfg.grace, 3*time.Second))
	defer cancel()
	if err := h.Shutdown(stopping); errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("web: requests that were still running are cut off")
		return h.Close()
	} else if err != nil {
		return errors.Join(err, h.Close())
	}
	<-failed //nolint:errcheck // it says that it was shut down
	return nil
}

// LoginLink makes a link that logs a person in for as long as it lasts: 7 days.
// Who holds it is that person, so it goes to them alone. It gives
// registry.ErrNotFound for a person who is not registered.
func (s *Server) LoginLink(ctx context.Context, person device.PersonID) (string, error) {
	return s.loginLink(ctx, person)
}
