package main

import (
	"context"
	"slices"
	"time"
)

// pick is the next message to send: one that was lost on the way, then a new one if
// it is time; nil where nothing may be sent now.
func (g *group) pick(ctx context.Context) *message {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.open) >= window {
		return nil
	}
	if len(g.again) > 0 {
		m := g.again[0]
		g.again = g.again[1:]
		g.acked.sent.Add(1)
		return m
	}
	now := time.Now()
	if ctx.Err() != nil || now.Before(g.next) {
		return nil
	}
	// After an outage the lamps have a second's worth to catch up with, not hours.
	g.next = g.next.Add(g.every)
	if late := now.Add(-time.Second); g.next.Before(late) {
		g.next = late
	}
	g.turn++
	if g.turn%len(g.lamps) == 0 || g.seq == 0 {
		g.seq++
	}
	g.lastTS = max(now.UnixMilli(), g.lastTS+1)
	m := id{g.lamps[g.turn%len(g.lamps)], g.seq}
	return &message{id: m, payload: m.payload(g.lastTS), order: g.turn}
}

// enter gives the message a number on this connection.
func (g *group) enter(m *message) uint16 {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		g.number++
		if g.number != 0 && g.open[g.number] == nil {
			g.open[g.number] = m
			return g.number
		}
	}
}

// settle remembers the PUBACK.
func (g *group) settle(number uint16) {
	g.mu.Lock()
	m := g.open[number]
	delete(g.open, number)
	g.mu.Unlock()
	if m != nil {
		g.acked.add(m.id)
	}
	select {
	case g.freed <- struct{}{}:
	default:
	}
}

// takeBack puts what a lost connection had under way in front, in its order.
func (g *group) takeBack() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.open {
		g.again = append(g.again, m)
	}
	clear(g.open)
	slices.SortFunc(g.again, func(a, b *message) int { return a.order - b.order })
}
