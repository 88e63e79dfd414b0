package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/yingguang/yingguang/device"
)

// roleFeeder is a broker with one topic, one subscriber and a window that it
// enforces, as brokers since mosquitto 2.0.13 do: never more than window messages
// are on the way. It sends n messages to the first client that subscribes and then
// says how long that took, up to the last acknowledgement.
func roleFeeder(window, n int, begin device.Millis) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		took, err := feed(newWire(c), window, n, begin)
		c.Close()
		if errors.Is(err, io.EOF) {
			continue // it only wanted to know whether we listen
		}
		if err != nil {
			return err
		}
		fmt.Println("fed", took.Nanoseconds())
	}
}

func feed(w *wire, window, n int, begin device.Millis) (time.Duration, error) {
	f := newFleet(begin)
	var began time.Time
	sent, acked := 0, 0
	buffer := make([]byte, 1024)
	for acked < n {
		kind, body, err := w.read(buffer)
		if err != nil {
			return 0, err
		}
		switch kind {
		case packetConnect:
			err = w.packet(packetConnack, []byte{0, 0})
		case packetSubscribe:
			err = w.packet(packetSuback, append(body[:2:2], granted(body[2:])...))
			began = time.Now()
		case packetPingreq:
			err = w.packet(packetPingresp, nil)
		case packetPuback:
			if want := number(acked, window); len(body) != 2 || int(body[0])<<8|int(body[1]) != want {
				return 0, fmt.Errorf("acknowledged %x where %d was next: not in the order of arrival", body, want)
			}
			acked++
		case packetDisconnect:
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		if w.in.Buffered() > 0 && kind == packetPuback {
			continue // take all acknowledgements that came together
		}
		for ; !began.IsZero() && sent < n && sent-acked < window; sent++ {
			topic, text := f.message(sent)
			if err := w.publish(topic, uint16(number(sent, window)), text); err != nil {
				return 0, err
			}
		}
		if err := w.out.Flush(); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// number gives messages on the way numbers of their own.
func number(i, window int) int { return 1 + i%(2*window) }

// granted is QoS 1 for each filter of a SUBSCRIBE.
func granted(filters []byte) []byte {
	var out []byte
	for len(filters) > 2 {
		filters = filters[min(len(filters), 2+int(filters[0])<<8+int(filters[1])+1):]
		out = append(out, 1)
	}
	return out
}

// window20 lets a subscriber take n messages from a feeder and gives its rate.
func window20(ctx context.Context, dir string, n int, begin device.Millis, subscriber func(address string) (*process, error)) (figures, error) {
	f, err := role("feeder", dir, "-n", fmt.Sprint(n), "-begin", fmt.Sprint(int64(begin)), "-window", "20")
	if err != nil {
		return figures{}, err
	}
	defer f.stop()
	address, err := f.line(ctx, "listening")
	if err != nil {
		return figures{}, err
	}
	s, err := subscriber(address)
	if err != nil {
		return figures{}, err
	}
	defer s.stop()
	text, err := f.line(ctx, "fed")
	if err != nil {
		return figures{}, err
	}
	var ns int64
	if _, err := fmt.Sscan(text, &ns); err != nil {
		return figures{}, err
	}
	return s.figures(float64(n)/time.Duration(ns).Seconds(), n)
}
