package main

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// giveUp is how long a lamp waits for one answer.
const giveUp = time.Minute

// storm lets lamps connect all at once, each with its credential, and publish their
// status; it gives the seconds until the last is acknowledged.
func storm(r *remote, lamps int) (float64, error) {
	var all sync.WaitGroup
	errs := make([]error, lamps)
	start := make(chan struct{})
	for i := range lamps {
		all.Go(func() {
			<-start
			conn, err := connect(r, i)
			if err == nil {
				err = publish(conn, fmt.Sprintf("jiaping/lamps/%s/status", code(i)), `{"online":true}`)
				defer conn.Close()
			}
			errs[i] = err
		})
	}
	began := time.Now()
	close(start)
	all.Wait()
	took := time.Since(began).Seconds()
	return took, errors.Join(errs...)
}

// connectAll opens connections, so many at a time, and keeps them.
func connectAll(r *remote, n, atOnce int) (conns []net.Conn, failed int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan int)
	for range atOnce {
		all.Go(func() {
			for i := range next {
				conn, err := connect(r, i)
				mu.Lock()
				if err != nil {
					failed++
				} else {
					conns = append(conns, conn)
				}
				mu.Unlock()
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	return conns, failed
}

func connect(r *remote, i int) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", r.address, giveUp)
	if err != nil {
		return nil, err
	}
	if r.secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a certificate of a minute ago, on loopback
	}
	if err := conn.SetDeadline(time.Now().Add(giveUp)); err != nil {
		return nil, err
	}
	body := append(text(nil, "MQTT"), 4, 0xc2, 0, 0)
	body = text(text(text(body, code(i)), code(i)), r.secrets[i])
	answer := make([]byte, 4)
	if _, err = conn.Write(packet(0x10, body)); err == nil {
		_, err = io.ReadFull(conn, answer)
	}
	if err == nil && !bytes.Equal(answer, []byte{0x20, 2, 0, 0}) {
		err = fmt.Errorf("CONNACK % x", answer)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func publish(conn net.Conn, topic, message string) error {
	if _, err := conn.Write(packet(0x32, append(append(text(nil, topic), 0, 1), message...))); err != nil {
		return err
	}
	answer := make([]byte, 4)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return err
	}
	if answer[0] != 0x40 {
		return fmt.Errorf("PUBACK % x", answer)
	}
	return nil
}

func text(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// packet is one of less than 128 bytes.
func packet(first byte, body []byte) []byte {
	return append([]byte{first, byte(len(body))}, body...)
}
