package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"sync"
	"time"
)

// Oarlock's native protocol, little endian (docs/native-protocol.md):
//
//	request:  u32 length of what follows | u64 id | u8 operation | u16 key length | key | value
//	response: u32 length of what follows | u64 id | u8 status    | body
//
// Requests are pipelined. One goroutine serves a connection: it sends the next request of a caller into a buffer as soon as it has read
// the answer to the last one, and passes the buffer on before it would have to wait.
var nativeSystem = system{
	open: func(endpoint string, callers int) (connection, error) {
		socket, err := dialNative(endpoint)
		if err != nil {
			return nil, err
		}
		return newNativeConnection(socket, callers), nil
	},
	probe: newNativeProber,
}

const (
	opPut          = 1
	opGet          = 2
	statusOk       = 0
	statusNotFound = 4
	headerBytes    = 13
	nativeTimeout  = 10 * time.Second
)

func dialNative(endpoint string) (net.Conn, error) {
	return net.DialTimeout("tcp", endpoint, 5*time.Second)
}

type nativeConnection struct {
	socket net.Conn
	reader *bufio.Reader
	writer *bufio.Writer
	asked  []time.Time // by the number of the caller, which is the id of its request
	random *rand.Rand
	header [headerBytes + 2]byte
}

func newNativeConnection(socket net.Conn, callers int) *nativeConnection {
	return &nativeConnection{
		socket: socket, reader: bufio.NewReaderSize(socket, 64<<10), writer: bufio.NewWriterSize(socket, 64<<10),
		asked: make([]time.Time, callers), random: newRandom(),
	}
}

func (c *nativeConnection) run(w *work) *tally {
	seen := &tally{}
	waiting := 0
	for caller := range c.asked {
		if c.ask(w, caller) {
			waiting++
		}
	}
	for waiting > 0 {
		err := c.flushBeforeWaiting()
		caller, because := 0, ""
		if err == nil {
			caller, because, err = c.answer()
		}
		if err != nil {
			seen.refused(err.Error())
			return seen
		}
		if because == "" {
			seen.answered(w, c.asked[caller])
		} else {
			seen.refused(because)
			time.Sleep(time.Millisecond)
		}
		if !c.ask(w, caller) {
			waiting--
		}
	}
	return seen
}

func (c *nativeConnection) ask(w *work, caller int) bool {
	number, more := w.next(c.random)
	if !more {
		return false
	}
	c.asked[caller] = time.Now()
	c.send(uint64(caller), w.isPut, key(number), w.value)
	return true
}

func (c *nativeConnection) send(id uint64, isPut bool, key, value string) {
	code := byte(opPut)
	if !isPut {
		code, value = opGet, ""
	}
	binary.LittleEndian.PutUint32(c.header[:], uint32(headerBytes-4+2+len(key)+len(value)))
	binary.LittleEndian.PutUint64(c.header[4:], id)
	c.header[12] = code
	binary.LittleEndian.PutUint16(c.header[headerBytes:], uint16(len(key)))
	// Errors of the buffer come again at Flush.
	c.writer.Write(c.header[:])
	c.writer.WriteString(key)
	c.writer.WriteString(value)
}

func (c *nativeConnection) flushBeforeWaiting() error {
	if c.reader.Buffered() >= headerBytes || c.writer.Buffered() == 0 {
		return nil
	}
	c.socket.SetReadDeadline(time.Now().Add(nativeTimeout))
	return c.writer.Flush()
}

// answer waits for the next response: whose it is, and in words what is wrong if it is a refusal.
func (c *nativeConnection) answer() (int, string, error) {
	header, err := c.reader.Peek(headerBytes)
	if err != nil {
		return 0, "", err
	}
	bodyBytes := int(binary.LittleEndian.Uint32(header)) - (headerBytes - 4)
	id := binary.LittleEndian.Uint64(header[4:])
	status := header[12]
	c.reader.Discard(headerBytes)
	if status == statusOk || status == statusNotFound {
		_, err = c.reader.Discard(bodyBytes)
		return int(id), "", err
	}
	body := make([]byte, bodyBytes)
	_, err = io.ReadFull(c.reader, body)
	return int(id), fmt.Sprintf("status %d: %q", status, body), err
}

func (c *nativeConnection) close() { c.socket.Close() }

// A nativeProber has requests under way whose callers do not wait for one another.
type nativeProber struct {
	connection *nativeConnection
	mutex      sync.Mutex
	waiting    map[uint64]chan error
	lastId     uint64
}

func newNativeProber(endpoint string) (prober, error) {
	socket, err := dialNative(endpoint)
	if err != nil {
		return nil, err
	}
	p := &nativeProber{connection: newNativeConnection(socket, 0), waiting: map[uint64]chan error{}}
	go p.listen()
	return p, nil
}

func (p *nativeProber) listen() {
	for {
		id, because, err := p.connection.answer()
		p.mutex.Lock()
		if err != nil {
			for _, answer := range p.waiting {
				answer <- err
			}
			p.waiting = nil
			p.mutex.Unlock()
			return
		}
		answer := p.waiting[uint64(id)]
		delete(p.waiting, uint64(id))
		p.mutex.Unlock()
		if answer == nil {
			continue
		}
		if because == "" {
			answer <- nil
		} else {
			answer <- errors.New(because)
		}
	}
}

func (p *nativeProber) put(key, value string, timeout time.Duration) error {
	return p.do(true, key, value, timeout)
}

func (p *nativeProber) get(key string, timeout time.Duration) error {
	return p.do(false, key, "", timeout)
}

func (p *nativeProber) do(isPut bool, key, value string, timeout time.Duration) error {
	answer := make(chan error, 1)
	p.mutex.Lock()
	if p.waiting == nil {
		p.mutex.Unlock()
		return errors.New("the connection is closed")
	}
	p.lastId++
	p.waiting[p.lastId] = answer
	p.connection.send(p.lastId, isPut, key, value)
	err := p.connection.writer.Flush()
	p.mutex.Unlock()
	if err != nil {
		return err
	}
	select {
	case err := <-answer:
		return err
	case <-time.After(timeout):
		return errors.New("no answer in time")
	}
}

func (p *nativeProber) close() { p.connection.close() }
