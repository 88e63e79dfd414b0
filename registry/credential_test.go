package registry

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yingguang/yingguang/device"
)

func smallTown(t *testing.T) (*DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "town.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	lamps := "lamp,stage,batch,village,place,place_kind,lat,lon,gateway\n" +
		"JP-0001,installed,1,大垭村,石坝大院,courtyard,29.01,106.28,\n" +
		"JP-0002,installed,1,大垭村,石坝大院,courtyard,29.01,106.28,GW-01\n"
	if _, err := db.Import(t.Context(), []File{{Name: "lamps.csv", Data: strings.NewReader(lamps)}}, Options{}); err != nil {
		t.Fatal(err)
	}
	return db, path
}

// A secret is shown once; what is kept cannot be used to log in.
func TestCredentialIsShownOnceAndKeptAsHash(t *testing.T) {
	db, path := smallTown(t)
	made, err := db.MakeCredentials(t.Context(), []device.Subject{"lamp:JP-0001", "gateway:GW-01"}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range made {
		if len(s.Password) < 26 {
			t.Errorf("%s: a password of %d letters has less than 128 bits", s.Username, len(s.Password))
		}
		c, ok, err := db.Credential(t.Context(), s.Username)
		if err != nil || !ok || c.SHA256 != sha256.Sum256([]byte(s.Password)) || c.Kind != s.Kind {
			t.Errorf("%s: %+v, %v, %v", s.Username, c, ok, err)
		}
	}
	if made[0].Password == made[1].Password {
		t.Error("two have the same secret")
	}
	again, err := db.MakeCredentials(t.Context(), []device.Subject{"lamp:JP-0001"}, 2000)
	if err != nil || again[0].Password == made[0].Password {
		t.Errorf("made anew: %v", err)
	}
	if c, _, _ := db.Credential(t.Context(), "JP-0001"); c.SHA256 == sha256.Sum256([]byte(made[0].Password)) {
		t.Error("the secret of before is still good")
	}
	db.Close()
	for _, file := range []string{path, path + "-wal"} {
		data, err := os.ReadFile(file)
		if err == nil && (bytes.Contains(data, []byte(made[1].Password)) || bytes.Contains(data, []byte(again[0].Password))) {
			t.Errorf("a secret stands in %s", filepath.Base(file))
		}
	}
}

func TestRevokedCredential(t *testing.T) {
	db, _ := smallTown(t)
	if _, err := db.MakeCredentials(t.Context(), []device.Subject{"lamp:JP-0001"}, 1000); err != nil {
		t.Fatal(err)
	}
	claims, err := db.MakeClaims(t.Context(), []device.Subject{"lamp:JP-0001"}, 9000)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.RevokeCredential(t.Context(), "gateway:JP-0001", 2000); !errors.Is(err, ErrNotFound) {
		t.Errorf("as a gateway: %v", err)
	}
	if err := db.RevokeCredential(t.Context(), "lamp:JP-0001", 2000); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := db.Credential(t.Context(), "JP-0001"); ok || err != nil {
		t.Errorf("it is still good: %v, %v", ok, err)
	}
	if _, err := db.Redeem(t.Context(), "JP-0001", claims[0].Code, 3000); !errors.Is(err, ErrClaim) {
		t.Errorf("its claim code brings it back: %v", err)
	}
	if err := db.RevokeCredential(t.Context(), "lamp:JP-0001", 4000); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}

// What is not there is said with what to do, and nothing is made.
func TestCredentialsOfStrangers(t *testing.T) {
	db, _ := smallTown(t)
	for subject, want := range map[device.Subject]string{"lamp:XX-1": "lamp add", "gateway:GW-09": "column gateway", "lamp:GW-01": "lamp add"} {
		_, err := db.MakeCredentials(t.Context(), []device.Subject{"lamp:JP-0001", subject}, 1000)
		if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", subject, err)
		}
	}
	if all, err := db.Credentials(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d were made, %v", len(all), err)
	}
}

// Everyone of the office gets one notice of a key, with no ticket.
func TestTellOffice(t *testing.T) {
	db, _ := smallTown(t)
	people := "person,name,role,village,place,phone,channels,language\nO-01,示例·甲,office,,,,inbox,zh\nO-02,示例·乙,office,,,,inbox,en\n"
	if _, err := db.Import(t.Context(), []File{{Name: "people.csv", Data: strings.NewReader(people)}}, Options{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := db.TellOffice(t.Context(), "k", "lamp:JP-0001", func(l device.Language) (string, string) { return string(l), "text" }, 1000)
		if err != nil {
			t.Fatal(err)
		}
	}
	due, err := db.Due(t.Context(), 2000, 10)
	if err != nil || len(due) != 2 || due[0].Notice.Title != "zh" || due[1].Notice.Title != "en" || due[0].Notice.Ticket != 0 {
		t.Errorf("%+v, %v", due, err)
	}
	if inbox, err := db.Inbox(t.Context(), "O-01", 0, 10); err != nil || len(inbox) != 1 {
		t.Errorf("%+v, %v", inbox, err)
	}
}

// Whatever is typed, at most a clean code comes out, and cleaning it again changes nothing.
func FuzzCleanClaim(f *testing.F) {
	for _, s := range []string{"ABCD-EFGH-2345", "abcd efgh 2345", "0000-1111-8888", "", "ABCD-EFGH-234", "ÄÖÜ", "\x00\xff", strings.Repeat("A", 100), "ＡＢＣＤ-EFGH-2345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := CleanClaim(typed)
		if !ok {
			if code != "" {
				t.Errorf("%q is refused with %q", typed, code)
			}
			return
		}
		if again, ok := CleanClaim(code); !ok || again != code || len(code) != claimLength {
			t.Errorf("%q became %q and then %q", typed, code, again)
		}
	})
}
