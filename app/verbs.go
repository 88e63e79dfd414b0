package app

import (
	"bytes"
	"context"
	"errors"

	"github.com/yingguang/yingguang/app/admin"
	"github.com/yingguang/yingguang/registry"
)

// ErrNotRunning is returned by Ask where no process runs on the data folder.
var ErrNotRunning = admin.ErrNotRunning

// Ask lets the process on dataDir do a verb.
func Ask[R any](ctx context.Context, dataDir, name string, query any) (R, error) {
	path, err := SocketPath(dataDir)
	if err != nil {
		var none R
		return none, err
	}
	return admin.Call[R](ctx, path, name, query)
}

// ImportFile is one registry file by its name and bytes.
type ImportFile struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// ImportRequest is what the verb import asks.
type ImportRequest struct {
	Files    []ImportFile `json:"files"`
	DryRun   bool         `json:"dry_run"`
	OnlyGood bool         `json:"only_good"`
}

// ImportInto imports the files. Bad lines are in the report, not in the error.
func ImportInto(ctx context.Context, db *registry.DB, q ImportRequest) (registry.Report, error) {
	files := make([]registry.File, len(q.Files))
	for i, f := range q.Files {
		files[i] = registry.File{Name: f.Name, Data: bytes.NewReader(f.Data)}
	}
	report, err := db.Import(ctx, files, registry.Options{DryRun: q.DryRun, OnlyGood: q.OnlyGood})
	if errors.Is(err, registry.ErrBadLines) {
		err = nil
	}
	return report, err
}

// ExportFrom gives the registry's files.
func ExportFrom(ctx context.Context, db *registry.DB, _ struct{}) ([]ImportFile, error) {
	var files []ImportFile
	for _, kind := range registry.Kinds {
		var b bytes.Buffer
		if err := db.Export(ctx, kind, &b); err != nil {
			return nil, err
		}
		files = append(files, ImportFile{Name: kind.FileName(), Data: b.Bytes()})
	}
	return files, nil
}
