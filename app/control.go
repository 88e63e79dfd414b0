package app

import (
	"context"
	"errors"
	"fmt"
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

// RejectedRequest is what the verb rejected asks: one message, or the newest before one.
type RejectedRequest struct {
	Seq    uint64 `json:"seq"`
	Before uint64 `json:"before"`
	Limit  int    `json:"limit"`
}

func (a *App) listRejected(ctx context.Context, q RejectedRequest) ([]journal.Rejected, error) {
	if q.Seq == 0 {
		return a.rooms.journal.RejectedList(ctx, q.Before, min(max(q.Limit, 1), 1000))
	}
	r, there, err := a.rooms.journal.RejectedMessage(ctx, q.Seq)
	if err != nil || there {
		return []journal.Rejected{r}, err
	}
	return nil, fmt.Errorf("没有这条消息 there is no rejected message %d: see `yingguang rejected list`", q.Seq)
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
	admin.Handle(mux, "rejected", a.listRejected)
	admin.Handle(mux, "replay", a.replay)
	admin.Handle(mux, "profiles", a.reloadProfiles)
	admin.Handle(mux, "adopt", a.adopt)
	admin.Handle(mux, "credential", func(ctx context.Context, q CredentialRequest) ([]registry.Secret, error) {
		secrets, err := MakeCredentials(ctx, a.rooms.registry, q.at(a.clock))
		for _, s := range secrets {
			a.cutAll([]string{s.Username}) // whoever holds the secret of before
		}
		return secrets, err
	})
	admin.Handle(mux, "revoke", func(ctx context.Context, q CredentialRequest) ([]string, error) {
		codes, err := Revoke(ctx, a.rooms.registry, q.at(a.clock))
		a.cutAll(q.Codes)
		return codes, err
	})
	admin.Handle(mux, "claims", func(ctx context.Context, q CredentialRequest) ([]registry.Claim, error) {
		return MakeClaims(ctx, a.rooms.registry, q.at(a.clock))
	})
	admin.Handle(mux, "mosquitto", func(ctx context.Context, q MosquittoRequest) ([]ImportFile, error) {
		return Mosquitto(ctx, a.rooms.registry, q)
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
