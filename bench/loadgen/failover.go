package main

import (
	"math/rand"
	"net"
	"syscall"
	"time"
)

type recovered struct {
	FirstPutMs float64 `json:"firstPutMs"`
	Through    string  `json:"through"`
}

const probeEvery = 5 * time.Millisecond

// failover signals the leader's process and measures the time until a put that began afterwards succeeds on any other server. A put
// begins on each of them every few milliseconds and waits for no other, so that no retry policy of a client is part of the result.
func failover(target system, hosts []string) recovered {
	probers := make([]prober, len(hosts))
	for i, host := range hosts {
		p, err := target.probe(host)
		if err != nil {
			fail(err.Error())
		}
		if err := p.put("failover", "before", 5*time.Second); err != nil {
			fail("before the failure, " + host + " refuses: " + err.Error())
		}
		probers[i] = p
	}
	// The leader dies at any moment between two heartbeats.
	rand.Seed(time.Now().UnixNano())
	time.Sleep(time.Duration(200+rand.Intn(800)) * time.Millisecond)
	signal := syscall.SIGKILL
	if *signalName == "STOP" {
		signal = syscall.SIGSTOP
	}
	began := time.Now()
	if err := syscall.Kill(*victim, signal); err != nil {
		fail("cannot signal the leader: " + err.Error())
	}
	succeeded := make(chan recovered, 1)
	for i := range probers {
		go probe(probers[i], hosts[i], began, succeeded)
	}
	select {
	case first := <-succeeded:
		return first
	case <-time.After(*patience):
		fail("no put succeeded within " + patience.String())
		panic("unreachable")
	}
}

func probe(p prober, host string, began time.Time, succeeded chan<- recovered) {
	for range time.Tick(probeEvery) {
		go func() {
			if p.put("failover", "after", 20*time.Second) != nil {
				return
			}
			select {
			case succeeded <- recovered{FirstPutMs: float64(time.Since(began)) / 1e6, Through: host}:
			default:
			}
		}()
	}
}

type answering struct {
	UnixMs float64 `json:"unixMs"`
}

// ready waits for a server that is only starting and tells when it answered a linearizable read, as milliseconds of the wall clock.
func ready(target system, hosts []string) answering {
	deadline := time.Now().Add(*patience)
	for time.Now().Before(deadline) {
		if answersRead(target, hosts[0]) {
			return answering{UnixMs: float64(time.Now().UnixNano()) / 1e6}
		}
		time.Sleep(2 * time.Millisecond)
	}
	fail("no read was answered within " + patience.String())
	panic("unreachable")
}

func answersRead(target system, host string) bool {
	// gRPC waits a second before it tries to connect again: look for the port first.
	socket, err := net.DialTimeout("tcp", host, time.Second)
	if err != nil {
		return false
	}
	socket.Close()
	p, err := target.probe(host)
	if err != nil {
		return false
	}
	defer p.close()
	return p.get(key(0), 5*time.Second) == nil
}
