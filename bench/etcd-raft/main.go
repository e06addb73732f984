// The loop of ../core-loop.ts over etcd's raft: three servers in one goroutine, messages by reference, memory storage.
//
// Built by bench/etcd-raft/build.sh where Go and Debian's golang-etcd-server-dev are installed. Prints one JSON line.
package main

import (
	"encoding/json"
	"fmt"
	"io/ioutil"
	"log"
	"os"
	"time"

	"go.etcd.io/etcd/raft"
	"go.etcd.io/etcd/raft/raftpb"
)

type loop struct {
	nodes  []*raft.RawNode
	stores []*raft.MemoryStorage
	commit []uint64
	queue  []raftpb.Message
}

func newLoop(count int) *loop {
	l := &loop{commit: make([]uint64, count)}
	peers := []raft.Peer{}
	for i := 1; i <= count; i++ {
		peers = append(peers, raft.Peer{ID: uint64(i)})
	}
	for i := 1; i <= count; i++ {
		store := raft.NewMemoryStorage()
		node, err := raft.NewRawNode(&raft.Config{
			ID: uint64(i), ElectionTick: 10, HeartbeatTick: 1, Storage: store,
			MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256, PreVote: true, CheckQuorum: true,
			Logger: &raft.DefaultLogger{Logger: log.New(ioutil.Discard, "", 0)},
		})
		if err != nil {
			panic(err)
		}
		if err := node.Bootstrap(peers); err != nil {
			panic(err)
		}
		l.nodes = append(l.nodes, node)
		l.stores = append(l.stores, store)
	}
	for i := range l.nodes {
		l.collect(i)
	}
	l.run()
	l.nodes[0].Campaign()
	l.run()
	return l
}

func (l *loop) collect(i int) {
	node := l.nodes[i]
	for node.HasReady() {
		ready := node.Ready()
		if !raft.IsEmptyHardState(ready.HardState) {
			l.stores[i].SetHardState(ready.HardState)
		}
		l.stores[i].Append(ready.Entries)
		l.queue = append(l.queue, ready.Messages...)
		for _, entry := range ready.CommittedEntries {
			if entry.Type == raftpb.EntryConfChange {
				var change raftpb.ConfChange
				change.Unmarshal(entry.Data)
				node.ApplyConfChange(change)
			}
			l.commit[i] = entry.Index
		}
		node.Advance(ready)
	}
}

func (l *loop) run() int {
	l.collect(0)
	delivered := 0
	for len(l.queue) > 0 {
		queue := l.queue
		l.queue = nil
		for _, message := range queue {
			to := int(message.To) - 1
			l.nodes[to].Step(message)
			l.collect(to)
		}
		delivered += len(queue)
	}
	return delivered
}

func (l *loop) compact() {
	for i, store := range l.stores {
		store.Compact(l.commit[i])
	}
}

var block []byte

// Payloads of 256 bytes, sliced from large blocks as ../core-loop.ts does.
func payload() []byte {
	if len(block) == 0 {
		block = make([]byte, 1<<16)
	}
	taken := block[:256:256]
	block = block[256:]
	return taken
}

func proposals(batch, total int) float64 {
	l := newLoop(3)
	first := l.commit[1]
	started := time.Now()
	for done := 0; done < total; done += batch {
		entries := make([]raftpb.Entry, batch)
		for i := range entries {
			entries[i].Data = payload()
		}
		if err := l.nodes[0].Step(raftpb.Message{Type: raftpb.MsgProp, From: 1, Entries: entries}); err != nil {
			panic(err)
		}
		l.run()
		if done%65536 < batch {
			l.compact()
		}
	}
	seconds := time.Since(started).Seconds()
	if l.commit[1]-first != uint64(total) {
		panic(fmt.Sprintf("only %d of %d entries were committed", l.commit[1]-first, total))
	}
	return float64(total) / seconds
}

func idle() float64 {
	l := newLoop(5)
	started := time.Now()
	steps := 0
	for beat := 0; beat < 60000; beat++ {
		l.nodes[0].Tick()
		steps += l.run()
	}
	return float64(steps) / time.Since(started).Seconds()
}

func main() {
	proposals(64, 64000)
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"batched": proposals(64, 1280000), "single": proposals(1, 200000), "idle": idle(),
	})
}
