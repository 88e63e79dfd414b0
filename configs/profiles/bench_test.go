package profiles

import (
	"testing"

	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/device/profile"
)

// What a message costs by its profile: the first example of each.
func BenchmarkDecode(b *testing.B) {
	list, err := Load("")
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range list {
		e := p.Examples[0]
		decode := profile.NewSet([]*profile.Profile{p}, profile.TownPrefix, nil).Format(e.Topic)
		if decode == nil {
			decode = profile.NewSet([]*profile.Profile{p}, profile.TownPrefix, nil).Format(profile.PushTopic(p.Name, "x"))
		}
		b.Run(p.Name, func(b *testing.B) {
			b.ReportAllocs()
			var out payload.Batch
			for range b.N {
				decode(e.Payload, e.Received, &out)
			}
			if len(out.Readings) == 0 {
				b.Fatalf("%+v", out.Rejects)
			}
		})
	}
}
