package main

import (
	"context"
	"fmt"
	"os"
	"runtime/metrics"
	"runtime/pprof"
	"strings"
	"time"
)

// heapEvery is how often a part that is profiled looks at its memory.
const heapEvery = 100 * time.Millisecond

// watchHeap keeps a heap profile of the moment when the process was largest, and
// beside it what the runtime and the kernel say of that moment.
func watchHeap(ctx context.Context, path string) error {
	tick := time.NewTicker(heapEvery)
	defer tick.Stop()
	for largest := 0.0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		u, err := usageOf(os.Getpid())
		if err != nil {
			return err
		}
		if u.peakMB < 1.05*largest {
			continue
		}
		largest = u.peakMB
		if err := keepHeap(path); err != nil {
			return err
		}
	}
}

func keepHeap(path string) error {
	f, err := os.Create(path + ".heap.pprof")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.Lookup("heap").WriteTo(f, 0); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	var text strings.Builder
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM") || strings.HasPrefix(line, "Rss") {
			text.WriteString(line)
		}
	}
	var list []metrics.Sample
	for _, d := range metrics.All() {
		if d.Kind == metrics.KindUint64 && (strings.HasPrefix(d.Name, "/memory/classes/") || strings.HasPrefix(d.Name, "/gc/heap/l") || strings.HasPrefix(d.Name, "/gc/heap/goal")) {
			list = append(list, metrics.Sample{Name: d.Name})
		}
	}
	metrics.Read(list)
	for _, s := range list {
		fmt.Fprintf(&text, "%9.1f MB %s\n", float64(s.Value.Uint64())/(1<<20), s.Name)
	}
	return os.WriteFile(path+".memory.txt", []byte(text.String()), 0o644)
}
