package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// round is one run with one of the brokers.
type round struct {
	o        options
	random   *rand.Rand
	top      string // folder of everything
	disk     *disk
	us       *program
	broker   *program // mosquitto; nil with the embedded one
	control  *subscriber
	lamps    *proxy // between them and the broker
	intake   *proxy // between mosquitto and ingest
	promises *promises
	load     *load

	web, mqtt, influx string // host:port
	result            result
}

// stopWithin is generous: how fast it stops is another test's matter.
const stopWithin = 3 * time.Minute

// freePort is one below those that the kernel gives to outgoing connections: while its
// program is dead another must not get it, not even who dials it in vain.
func freePort() (string, error) {
	const low, high = 12_000, 32_000
	for range 1000 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", low+rand.IntN(high-low)))
		if err == nil {
			defer l.Close()
			return l.Addr().String(), nil
		}
	}
	return "", errors.New("no free port")
}

// tryRound makes the whole system, troubles it and counts.
func tryRound(ctx context.Context, o options, external bool, random *rand.Rand) (_ result, err error) {
	r := &round{o: o, random: random, promises: newPromises()}
	r.result.Broker = "the embedded broker"
	if external {
		r.result.Broker = "mosquitto"
	}
	step("round with %s", r.result.Broker)
	defer func() { err = errors.Join(err, r.close(err)) }()
	if err := r.open(external); err != nil {
		return r.result, err
	}
	if err := r.ready(ctx); err != nil {
		return r.result, err
	}
	r.load = startLoad(ctx, r.lamps.addr(), o.rate)
	r.trouble(ctx, o.lasts/2)
	if ctx.Err() != nil {
		return r.result, ctx.Err()
	}
	err = r.rest(ctx)
	return r.result, err
}

// open starts everything.
func (r *round) open(external bool) (err error) {
	if r.top, err = os.MkdirTemp("", "yingguang-chaos-*"); err != nil {
		return err
	}
	if r.disk, err = newDisk(r.top); err != nil {
		return err
	}
	for _, port := range []*string{&r.web, &r.mqtt, &r.influx} {
		if *port, err = freePort(); err != nil {
			return err
		}
	}
	settings := map[string]string{
		"web.listen": r.web, "influxdb.listen": r.influx, "simulator.enabled": "false", "testing.clock_file": r.clockFile(),
		"journal.reserve": itoa(r.disk.reserve), "journal.max_bytes": "512MiB", "journal.rejected_max_bytes": "64MiB", "broker.max_bytes": "256MiB",
	}
	if external {
		if r.broker, err = startMosquitto(filepath.Join(r.top, "mosquitto"), r.mqtt); err != nil {
			return err
		}
		if r.intake, err = newProxy(r.mqtt, r.promises.tap); err != nil {
			return err
		}
		settings["mqtt.url"] = "tcp://" + r.intake.addr()
	} else {
		settings["broker.listen"] = r.mqtt
	}
	if r.lamps, err = newProxy(r.mqtt, nil); err != nil {
		return err
	}
	args := []string{r.o.binary, "run", "--data", r.data()}
	for key, value := range settings {
		args = append(args, "--set", key+"="+value)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	if cache := os.Getenv("XDG_CACHE_HOME"); cache != "" {
		env = append(env, "XDG_CACHE_HOME="+cache)
	}
	if r.us, err = startProgram("yingguang", r.logPath(), env, args...); err != nil {
		return err
	}
	if external {
		r.control = newSubscriber(r.mqtt, "chaos-control")
	}
	return nil
}

func (r *round) data() string      { return filepath.Join(r.disk.dir, "data") }
func (r *round) clockFile() string { return filepath.Join(r.top, "clock") }
func (r *round) logPath() string   { return filepath.Join(r.top, "yingguang.log") }

// ready waits until every room is.
func (r *round) ready(ctx context.Context) error {
	asking := &http.Client{Timeout: 10 * time.Second}
	return eventually(ctx, "yingguang is ready", r.o.settle, func() (bool, string) {
		res, err := asking.Get("http://" + r.web + "/readyz")
		if err != nil {
			return false, err.Error()
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK, res.Status
	})
}

// close ends what was started. The folders stay where something failed.
func (r *round) close(failed error) error {
	var err error
	if r.control != nil {
		r.control.stop()
	}
	if r.us != nil {
		if stopErr := r.us.stop(stopWithin); failed == nil {
			err = stopErr
		}
	}
	if r.broker != nil {
		err = errors.Join(err, r.broker.stop(stopWithin))
	}
	for _, p := range []*proxy{r.lamps, r.intake} {
		if p != nil {
			p.close()
		}
	}
	keep := failed != nil || r.result.bad() || r.o.keep
	if r.disk != nil {
		if keep {
			err = errors.Join(err, r.disk.copyTo(filepath.Join(r.top, "kept")))
		}
		r.disk.close()
	}
	if keep {
		step("kept: %s", r.top)
		if failed != nil {
			return errors.Join(err, fmt.Errorf("the end of its log:\n%s", tail(r.logPath(), 4000)))
		}
		return err
	}
	return errors.Join(err, os.RemoveAll(r.top))
}

func tail(path string, n int) string {
	text, _ := os.ReadFile(path)
	return string(text[max(0, len(text)-n):])
}
