package main

import (
	"encoding/binary"
	"fmt"

	"github.com/yingguang/yingguang/device"
)

// publishers fill the broker side by side; each has at most half of MQTT's message
// numbers on the way.
const (
	publishers   = 2
	mostOnTheWay = 20_000
)

// backlog publishes n messages that the broker keeps for every session; every
// badEvery-th is not JSON, none where it is 0.
func backlog(address string, begin device.Millis, n, badEvery int) error {
	failures := make(chan error, publishers)
	for p := range publishers {
		go func() { failures <- publishShare(address, begin, p, n, badEvery) }()
	}
	var first error
	for range publishers {
		if err := <-failures; err != nil && first == nil {
			first = fmt.Errorf("fill the broker: %w", err)
		}
	}
	return first
}

// publishShare sends every publishers-th message, so that time goes on for all lamps.
func publishShare(address string, begin device.Millis, share, n, badEvery int) error {
	w, err := dial(address, fmt.Sprintf("fill-%d", share), true)
	if err != nil {
		return err
	}
	defer w.Close()
	free := make(chan struct{}, mostOnTheWay)
	for range mostOnTheWay {
		free <- struct{}{}
	}
	all := make(chan error, 1)
	mine := (n - share + publishers - 1) / publishers
	go func() {
		var buffer [16]byte
		for range mine {
			kind, body, err := w.read(buffer[:])
			if err == nil && (kind != packetPuback || len(body) != 2) {
				err = fmt.Errorf("packet %x instead of PUBACK", kind)
			}
			if err != nil {
				all <- err
				return
			}
			free <- struct{}{}
		}
		all <- nil
	}()
	f := newFleet(begin)
	for i, id := share, uint16(0); i < n; i += publishers {
		select {
		case <-free:
		default:
			if err := w.out.Flush(); err != nil {
				return err
			}
			select {
			case <-free:
			case err := <-all:
				return err
			}
		}
		if id++; id == 0 {
			id = 1
		}
		topic, text := f.message(i)
		if badEvery > 0 && i%badEvery == badEvery-1 {
			text = text[:len(text)/2] // cut short on its way
		}
		if err := w.publish(topic, id, text); err != nil {
			return err
		}
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	return <-all
}

// puback appends the acknowledgement of a message.
func puback(b []byte, id uint16) []byte {
	return binary.BigEndian.AppendUint16(append(b, packetPuback, 2), id)
}
