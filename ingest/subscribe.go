package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device/payload"
)

// Filters are the topic filters that ingest subscribes to, in order: while they
// stay the same, so does its session at a broker.
func Filters(prefix string, formats Formats) []string {
	out := payload.Filters(prefix)
	if formats != nil {
		out = append(out, slices.Sorted(maps.Keys(formats.Filters()))...)
	}
	return out
}

// subscribe asks for everything with QoS 1. Without the topics of wire format 1
// there is nothing to do here; a profile's topics that this user may not read are
// told of and left, since a town uses few of the profiles.
func (in *Ingest) subscribe(ctx context.Context, client mqtt.Client) error {
	least := map[string]byte{}
	if in.cfg.Formats != nil {
		least = in.cfg.Formats.Filters()
	}
	filters := map[string]byte{}
	for _, f := range Filters(in.cfg.Prefix, in.cfg.Formats) {
		filters[in.shared()+f] = 1
	}
	if err := in.leavePlain(ctx, client); err != nil {
		return err
	}
	token := client.SubscribeMultiple(filters, nil)
	if err := finish(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	granted := token.(*mqtt.SubscribeToken).Result()
	for _, f := range slices.Sorted(maps.Keys(granted)) {
		qos := granted[f]
		want, ofProfile := least[strings.TrimPrefix(f, in.shared())]
		switch {
		case qos == 1 || ofProfile && qos >= want && qos <= 1:
		case ofProfile:
			in.log.Warn("the broker does not let us read a profile's topic as it should be: allow this user to, if lamps publish there", "filter", f, "granted", qos)
		case in.cfg.Share != "":
			return fmt.Errorf("the broker refuses the shared subscription %s (it grants QoS %d): leave mqtt.share empty where it has none, as the embedded broker, or allow this user to read it", f, qos)
		default:
			return fmt.Errorf("the broker grants QoS %d instead of 1 for %s: allow this user to read it", qos, f)
		}
	}
	return nil
}
