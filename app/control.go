package app

import (
	"context"
	"errors"
	"net/http"

	"github.com/yingguang/yingguang/app/admin"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/web"
)

// LoginRequest is what the verb login asks.
type LoginRequest struct {
	Person string `json:"person"`
}

// RejectedRequest is what the verb rejected asks.
type RejectedRequest struct {
	Before uint64 `json:"before"`
	Limit  int    `json:"limit"`
}

// openAdmin lets verbs reach this process.
func (a *App) openAdmin(context.Context) error {
	path, err := SocketPath(a.folder.Path)
	if err != nil {
		return err
	}
	listener, err := admin.Listen(path)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	admin.Handle(mux, "import", func(ctx context.Context, q ImportRequest) (registry.Report, error) {
		return ImportInto(ctx, a.rooms.registry, q)
	})
	admin.Handle(mux, "export", func(ctx context.Context, q struct{}) ([]ImportFile, error) {
		return ExportFrom(ctx, a.rooms.registry, q)
	})
	admin.Handle(mux, "ledger", a.askLedger)
	admin.Handle(mux, "rejected", func(ctx context.Context, q RejectedRequest) ([]journal.Rejected, error) {
		return a.rooms.journal.RejectedList(ctx, q.Before, min(max(q.Limit, 1), 1000))
	})
	admin.Handle(mux, "login", func(ctx context.Context, q LoginRequest) (string, error) {
		return a.rooms.web.LoginLink(ctx, device.PersonID(q.Person))
	})
	admin.Handle(mux, "ready", func(ctx context.Context, _ struct{}) ([]web.RoomState, error) { return a.Ready(ctx), nil })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readHeaderTime}
	a.goRun("socket for verbs", func(ctx context.Context) error {
		go func() {
			<-ctx.Done()
			server.Close()
		}()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return nil
}
