package house_test

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinks: what a page of ours points at in this repository is there.
func TestLinks(t *testing.T) {
	pages := []string{
		"README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md",
		"docs/ARCHITECTURE.md", "docs/ingest.md", "docs/notify.md", "docs/operating.md", "docs/security.md", "docs/wire-format.md", "configs/jiaping/README.md",
	}
	link := regexp.MustCompile(`\]\(([^)\s#]+)`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(path.Join(path.Dir(page), m[1])); err != nil {
				t.Errorf("%s points at %s, which is not there", page, m[1])
			}
		}
	}
}

// TestReadmesAreEqual: both languages have the same sections, links and commands.
func TestReadmesAreEqual(t *testing.T) {
	shape := func(name string) []string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		link := regexp.MustCompile(`\]\((docs/[^)]+|configs/[^)]+|CONTRIBUTING.md|CHANGELOG.md|LICENSE)\)`)
		for line := range strings.Lines(string(text)) {
			switch {
			case strings.HasPrefix(line, "#"):
				out = append(out, strings.Fields(line)[0]) // the level of the heading
			case strings.HasPrefix(line, "    "):
				// Up to where the explanation begins.
				command, _, _ := strings.Cut(strings.TrimSpace(line), "   ")
				command = strings.TrimSuffix(strings.TrimSuffix(command, " FOLDER"), " 文件夹")
				out = append(out, command)
			}
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				out = append(out, m[1])
			}
		}
		return out
	}
	if diff := cmp.Diff(shape("README.md"), shape("README.zh-CN.md")); diff != "" {
		t.Errorf("the README's languages differ (-en +zh):\n%s", diff)
	}
}
