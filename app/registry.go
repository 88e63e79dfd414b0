package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/yingguang/yingguang/configs/jiaping"
	"github.com/yingguang/yingguang/registry"
)

// firstRegistry fills an empty registry from town.registry; one that has lamps is
// left as its people made it.
func (a *App) firstRegistry(ctx context.Context) error {
	if len(a.rooms.registry.Lamps()) > 0 {
		return nil
	}
	var folder fs.FS
	switch name := a.cfg.Town.Registry; name {
	case "none":
		return nil
	case "sample":
		folder = jiaping.Files
	default:
		folder = os.DirFS(name)
	}
	files, err := registry.OpenFolder(folder)
	if err != nil {
		return fmt.Errorf("town.registry %s: %w", a.cfg.Town.Registry, err)
	}
	report, err := a.rooms.registry.Import(ctx, files, registry.Options{})
	if errors.Is(err, registry.ErrBadLines) {
		return fmt.Errorf("town.registry %s: %w: the first is %v; `yingguang import --dry-run %s` lists all %d",
			a.cfg.Town.Registry, err, report.Bad[0], a.cfg.Town.Registry, len(report.Bad))
	}
	if err != nil {
		return fmt.Errorf("town.registry %s: %w", a.cfg.Town.Registry, err)
	}
	a.opts.Progress("名册已导入 registry: %d lamps, %d people", len(a.rooms.registry.Lamps()), len(a.rooms.registry.People()))
	return nil
}
