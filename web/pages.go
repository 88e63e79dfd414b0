package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed all:ui/dist
var dist embed.FS

// notBuilt is what a binary without pages says; its API works all the same.
const notBuilt = "页面还没有生成：请运行 make ui，再重新编译。\nThe pages are not built: run make ui, then build again.\n"

// pageRoots are the first parts of addresses that the pages show by themselves.
var pageRoots = []string{"", "lamps", "tickets", "office", "inbox"}

type page struct {
	body []byte
	tag  string // quoted, as in the ETag header
	kind string
}

// pages are the built files of web/ui by path, such as assets/index-4f2a.js.
type pages map[string]page

func newPages(files fs.FS) (pages, error) {
	out := pages{}
	root, err := fs.Sub(files, "ui/dist")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == ".gitkeep" {
			return err
		}
		body, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		out[name] = page{body, `"` + hex.EncodeToString(sum[:8]) + `"`, contentType(name, body)}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return out, nil
}

// contentType does not ask the machine's own tables for what pages are made of,
// since those differ and a wrong type breaks a page.
func contentType(name string, body []byte) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return http.DetectContentType(body)
}

func (p pages) serve(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return wrongMethod(http.MethodGet)
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if f, ok := p[name]; ok && name != "index.html" {
		if strings.HasPrefix(name, "assets/") { // named by their content
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		return f.serve(w, r)
	}
	w.Header().Set("Cache-Control", "no-cache")
	index, ok := p["index.html"]
	if !ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, err := w.Write([]byte(notBuilt))
		return ignore(err)
	}
	root, _, _ := strings.Cut(name, "/")
	if !slices.Contains(pageRoots, root) && name != "index.html" {
		if path.Ext(name) != "" {
			return notFound("没有这个文件", "no such file")
		}
		w.Header().Set("Content-Type", index.kind) // the pages say so in the visitor's language
		w.WriteHeader(http.StatusNotFound)
		_, err := w.Write(index.body)
		return ignore(err)
	}
	return index.serve(w, r)
}

func (f page) serve(w http.ResponseWriter, r *http.Request) error {
	if f.kind == "" {
		return errors.New("page without a content type")
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
	return nil
}
