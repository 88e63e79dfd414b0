package main

import (
	"io"
	"net"
	"sync"
)

// proxy passes TCP on and can cut all that goes through it.
type proxy struct {
	listener net.Listener
	target   string
	tap      func() (up, down io.Writer) // for each connection: what the client sends, what it gets; nil for none

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	done  sync.WaitGroup
}

func newProxy(target string, tap func() (up, down io.Writer)) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, target: target, tap: tap, conns: map[net.Conn]struct{}{}}
	p.done.Go(p.accept)
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.pass(client) })
	}
}

func (p *proxy) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = struct{}{}, struct{}{}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, client)
		delete(p.conns, server)
	}()
	up, down := io.Discard, io.Discard
	if p.tap != nil {
		up, down = p.tap()
	}
	var both sync.WaitGroup
	both.Go(func() { relay(server, client, up) })
	both.Go(func() { relay(client, server, down) })
	both.Wait()
}

// relay lets the tap see what came before it is passed on.
func relay(to, from net.Conn, tap io.Writer) {
	defer to.Close()
	defer from.Close()
	_, _ = io.Copy(to, io.TeeReader(from, tap))
}

// cut resets every connection, in the middle of whatever is under way.
func (p *proxy) cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		c.Close()
	}
	return len(p.conns) / 2
}

func (p *proxy) close() {
	p.listener.Close()
	p.cut()
	p.done.Wait()
}
