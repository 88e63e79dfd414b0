package profiles

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
)

// PushSource is one cloud that may push over HTTP. Which of its secrets are set
// follows from Auth: onenet has Token and perhaps Key, bearer Token, hmac Secret.
type PushSource struct {
	Name, Profile, Auth string
	Token, Key, Secret  configs.Secret
	Header, Timestamp   string // headers of hmac
}

// leastSecret keeps secrets from being guessed.
const leastSecret = 16

// LoadPush reads the file of sources. The error is configs.Problems, which show
// no line of the file since it holds secrets, or what kept it from being read.
func LoadPush(path string, known []*profile.Profile) ([]PushSource, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ingest.push: %w", err)
	}
	return parsePush(path, text, known)
}

func parsePush(path string, text []byte, known []*profile.Profile) ([]PushSource, error) {
	d := configs.NewDocument(path, text, true)
	if d.Root == nil {
		if err := d.Err(); err != nil {
			return nil, err
		}
		return nil, errors.New(path + ": 文件是空的 the file is empty: want sources:")
	}
	var out []PushSource
	sources := d.Map(d.Map(d.Root, "", "sources")["sources"], "sources")
	for i := 0; i < len(d.Root.Content); i += 2 {
		if d.Root.Content[i].Value == "sources" {
			for _, name := range keysInOrder(d.Root.Content[i+1]) {
				out = append(out, pushSource(d, name, sources[name], known))
			}
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func keysInOrder(n *yaml.Node) []string {
	var out []string
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Value)
	}
	return out
}

func pushSource(d *configs.Document, name string, n *yaml.Node, known []*profile.Profile) PushSource {
	key := "sources." + name
	m := d.Map(n, key, "profile", "auth", "token", "key", "secret", "header", "timestamp")
	s := PushSource{
		Name: name, Profile: d.Text(m["profile"], key+".profile"), Auth: d.Text(m["auth"], key+".auth"),
		Token: configs.Secret(d.Text(m["token"], key+".token")), Key: configs.Secret(d.Text(m["key"], key+".key")),
		Secret: configs.Secret(d.Text(m["secret"], key+".secret")),
		Header: d.Text(m["header"], key+".header"), Timestamp: d.Text(m["timestamp"], key+".timestamp"),
	}
	if n == nil {
		return s
	}
	if !device.ValidCode(name) {
		d.Fail(n, key, "", "来源名只用 A-Z a-z 0-9 - _: a source's name is 1 to 32 of these")
	}
	if profile.NewSet(known, "", nil).Named(s.Profile) == nil {
		d.Fail(n, key+".profile", "`yingguang profile list` 列出全部 lists them", "没有这个配置档 %q is no profile", s.Profile)
	}
	want := map[string][]string{"onenet": {"token", "key"}, "bearer": {"token"}, "hmac": {"secret", "header", "timestamp"}}[s.Auth]
	if want == nil {
		d.Fail(n, key+".auth", "", "%q 要写 onenet、bearer 或 hmac: want one of them", s.Auth)
		return s
	}
	for _, k := range []string{"token", "key", "secret", "header", "timestamp"} {
		if m[k] != nil && !slices.Contains(want, k) {
			d.Fail(m[k], key+"."+k, "", "%s 不用这一项 has no use for it", s.Auth)
		}
	}
	secret, named := s.Token, "token"
	if s.Auth == "hmac" {
		secret, named = s.Secret, "secret"
		if s.Header == "" {
			s.Header = "X-Signature"
		}
	}
	least := leastSecret
	if s.Auth == "onenet" {
		least = 8 // it is typed into OneNET's console
	}
	if len(secret.Reveal()) < least {
		d.Fail(n, key+"."+named, "例如 such as `openssl rand -hex 16`", "至少要 %d 个字符 wants at least %d characters", least, least)
	}
	if s.Key != "" && len(s.Key.Reveal()) != 16 {
		d.Fail(m["key"], key+".key", "安全模式的密钥由 OneNET 生成 OneNET makes it in secure mode", "要 16 个字符 wants 16 characters")
	}
	return s
}
