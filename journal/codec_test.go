package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

var compareReadings = cmp.AllowUnexported(device.Reading{})

// fullBlock has every part and every field, so that nothing can be left out of the encoding.
func fullBlock() *Block {
	r := device.Reading{
		Lamp: "JP-0001", Gateway: "GW-01", TS: 1767524400000, SentTS: 1767524400000, Received: 1767524401250,
		HasSeq: true, Boot: 3, Seq: 77, Firmware: "1.2.0", Faults: []string{"led_short", "过温"}, Unknown: 2,
	}
	for f := device.Field(0); f < device.NumFields; f++ {
		r.Set(f, device.Fields[f].Min+float64(f)/7)
	}
	bare := device.Reading{Lamp: "JP-0002", TS: 1767524401000, Received: 1767524401000, SentTS: 978307200000, Clock: device.ClockAncient}
	bare.Set(device.LampOn, 1)
	return &Block{
		At: 1767524401300, Observing: true,
		Readings: []device.Reading{r, bare},
		Statuses: []device.Status{{Subject: "gateway:GW-01", Online: true, TS: 1767524400000, Received: 1767524401300}, {Subject: "lamp:JP-0002", Received: 1767524401299}},
		LeftOut:  []LeftOut{{Lamp: "JP-0003", Rejected: 2}, {Duplicate: 1}},
		Nights: []device.NightLight{{
			Lamp: "JP-0001", Night: "2026-01-03", Dusk: 1767435000000, Dawn: 1767483600000,
			LitS: 36000, ExpectedS: 48600, ObservedS: 48000.5, Switches: 2, SoCMin: 41.5, Readings: 160,
		}},
	}
}

func TestCodecRoundTrip(t *testing.T) {
	replayed := fullBlock()
	replayed.Replay = &Replay{ID: "rejected/17/4", Lamp: "JP-0009", Received: 1767500000000, Readings: 3, Refused: true}
	for name, b := range map[string]*Block{
		"full": fullBlock(), "mark": {At: 5, Observing: true}, "empty": {At: 1}, "replayed": replayed, "small replay": {At: 9, Replay: &Replay{ID: "x"}},
	} {
		got, err := DecodeBlock(EncodeBlock(nil, b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(b, got, compareReadings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The encoding is a promise to every journal on disk: it changes only with codecVersion.
// A reader's block is used again while records are alike; after a backlog its memory is let go.
func TestBlockLetsABacklogsMemoryGo(t *testing.T) {
	large := EncodeBlock(nil, &Block{Readings: make([]device.Reading, 2000)})
	small := EncodeBlock(nil, &Block{Readings: make([]device.Reading, 5)})
	var b Block
	read := func(record []byte, readings int) int {
		t.Helper()
		if err := decodeBlock(&b, record, nil); err != nil || len(b.Readings) != readings {
			t.Fatalf("%d readings, %v", len(b.Readings), err)
		}
		return cap(b.Readings)
	}
	read(large, 2000)
	first := &b.Readings[0]
	if read(large, 2000); &b.Readings[0] != first {
		t.Error("the next block of a backlog does not use the memory of the one before")
	}
	if n := read(small, 5); n > 16*5 {
		t.Errorf("a block of 5 readings keeps room for %d", n)
	}
	read(large, 2000)
	if n := read(EncodeBlock(nil, &Block{Observing: true}), 0); n > leastRoom {
		t.Errorf("a mark keeps room for %d readings", n)
	}
}

func TestCodecGolden(t *testing.T) {
	const path = "testdata/block_v1.hex"
	got := hex.EncodeToString(EncodeBlock(nil, fullBlock()))
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v\nthe encoding is now:\n%s", err, got)
	}
	if strings.TrimSpace(string(want)) != got {
		t.Errorf("encoding of version %d changed: raise the version\n got %s\nwant %s", codecVersion, got, want)
	}
}

func TestCodecRefusesOtherVersions(t *testing.T) {
	data := EncodeBlock(nil, fullBlock())
	data[0] = codecVersion + 1
	if _, err := DecodeBlock(data); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("got %v", err)
	}
}

// Every cut of a good block is refused, never read as something else.
func TestCodecCut(t *testing.T) {
	data := EncodeBlock(nil, fullBlock())
	for n := range data {
		if _, err := DecodeBlock(data[:n]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes gave %v", n, len(data), err)
		}
	}
}

func FuzzDecodeBlock(f *testing.F) {
	f.Add(EncodeBlock(nil, fullBlock()))
	f.Add([]byte{codecVersion, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := DecodeBlock(data)
		if err != nil {
			return
		}
		again, err := DecodeBlock(EncodeBlock(nil, b))
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if !bytes.Equal(EncodeBlock(nil, b), EncodeBlock(nil, again)) {
			t.Error("not the same after another round")
		}
	})
}

func BenchmarkEncodeBlock(b *testing.B) {
	block := &Block{At: 1767524401300}
	for range 1000 {
		block.Readings = append(block.Readings, fullBlock().Readings[0])
	}
	buf := EncodeBlock(nil, block)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = EncodeBlock(buf[:0], block)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/reading")
}
