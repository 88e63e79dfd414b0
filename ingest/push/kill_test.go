package push_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs/profiles"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/push"
	"github.com/yingguang/yingguang/journal"
)

// childDir names, in the environment, the journal of a process that only takes pushes.
const childDir = "YINGGUANG_TEST_PUSH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve takes pushes into a journal until the process is killed.
func serve(dir string) error {
	h, _, err := house(context.Background(), dir)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, h)
}

// house is a journal with the endpoint before it.
func house(ctx context.Context, dir string) (http.Handler, *journal.Journal, error) {
	j, err := journal.Open(ctx, journal.Config{Dir: dir, MaxBytes: 256 << 20, RejectedMaxBytes: 8 << 20})
	if err != nil {
		return nil, nil, err
	}
	list, err := profiles.Load("")
	if err != nil {
		return nil, nil, err
	}
	in := ingest.New(ingest.Config{Prefix: "jiaping", Formats: profile.NewSet(list, "jiaping", nil), Journal: j})
	h, err := push.New(push.Config{
		Sources: map[string]push.Source{"cloud": {Profile: "onenet", Gate: push.Bearer{Token: secret}}},
		Take:    in.Take, MaxBody: 1 << 20, Clock: clock.Real{},
	})
	mux := http.NewServeMux()
	mux.Handle("/push/{source}", h)
	return mux, j, err
}

// child starts such a process and gives its address.
func child(t *testing.T, dir string) (string, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(out).ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case address := <-line:
		if address == "" {
			t.Fatal("the child ended before it listened")
		}
		return address, cmd
	case <-time.After(2 * time.Minute):
		t.Fatal("the child did not listen within two minutes")
	}
	return "", nil
}

// Whatever was answered 200 is in the journal, however often the process is killed in the middle
// of pushes; and what was only refused is in the rejected stream.
func TestAnsweredMeansJournaled(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	answered := map[string]bool{}
	for round := range 3 {
		before := len(answered)
		address, cmd := child(t, dir)
		var all sync.WaitGroup
		enough := make(chan struct{})
		for worker := range 4 {
			all.Go(func() {
				for i := 0; ; i++ {
					lamp := fmt.Sprintf("K%d-%d-%d", round, worker, i)
					status, err := pushOne(address, lamp)
					if err != nil {
						return // the process is gone
					}
					if status != http.StatusOK {
						continue // a slow disk: nothing was promised
					}
					mu.Lock()
					answered[lamp] = true
					n := len(answered)
					mu.Unlock()
					if n == before+100 {
						close(enough)
					}
				}
			})
		}
		gone := make(chan struct{})
		go func() { all.Wait(); close(gone) }()
		select {
		case <-enough:
		case <-gone:
			t.Fatalf("round %d: the child stopped answering by itself", round)
		case <-time.After(5 * time.Minute):
			mu.Lock()
			defer mu.Unlock()
			t.Fatalf("round %d: only %d pushes were answered", round, len(answered))
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		<-gone
	}

	_, j, err := house(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close(context.Background())
	r, err := j.Reader(t.Context(), journal.Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	sent := len(answered)
	for len(answered) > 0 {
		_, b, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("of %d that were answered 200, %d are not in the journal: %v", sent, len(answered), err)
		}
		for i := range b.Readings {
			if b.Readings[i].Value(device.BatteryV) != 12.9 {
				t.Errorf("%+v", b.Readings[i])
			}
			delete(answered, string(b.Readings[i].Lamp))
		}
	}
}

// pushOne pushes one reading and gives the status of the answer.
func pushOne(address, lamp string) (int, error) {
	body := fmt.Sprintf(`{"deviceName":%q,"messageType":"notify","data":{"params":{"battery_v":{"value":12.9,"time":%d}}}}`, lamp, time.Now().UnixMilli())
	r, err := http.NewRequest(http.MethodPost, "http://"+address+"/push/cloud", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	return answer.StatusCode, nil
}

// What cannot be taken is answered 200 too, once the rejected stream has it: sending it again would not mend it.
func TestRejectedIsKept(t *testing.T) {
	h, j, err := house(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close(context.Background())
	c := &cloud{Handler: h}
	w := c.do(http.MethodPost, "/push/cloud", `[{"deviceName":"JP-0001","data":{"params":{"battery_v":{"value":12.9}}}},{"deviceName":"JP-0002","data":{"params":{"battery_v":{"value":129}}}}]`,
		"Authorization", "Bearer "+secret)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"readings":1,"rejected":1,"reason":"out_of_range"`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	list, err := j.RejectedList(t.Context(), 0, 10)
	if err != nil || len(list) != 1 || list[0].Topic != "push/onenet/cloud" || list[0].Lamp != "JP-0002" {
		t.Errorf("rejected is %+v, %v", list, err)
	}
}
