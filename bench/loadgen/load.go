package main

import (
	"math/rand"
	"sync"
	"sync/atomic"
	"time"
)

// The stages of a measured load. What is asked during one and answered during the next counts where it is answered.
const (
	warmingUp int32 = iota
	measuring
	over
)

// work is what all callers share: the next key, and whether to go on.
type work struct {
	isPut bool
	value string
	stage int32
	// fill: the next key; otherwise keys are random below keyCount.
	inOrder bool
	taken   int64
}

// next gives the number of a key, or false when there is nothing left to do.
func (w *work) next(random *rand.Rand) (int, bool) {
	if w.inOrder {
		taken := int(atomic.AddInt64(&w.taken, 1)) - 1
		return taken, taken < *fillCount
	}
	return random.Intn(*keyCount), atomic.LoadInt32(&w.stage) != over
}

// tally is what the callers of one connection have seen.
type tally struct {
	mutex   sync.Mutex
	latency histogram
	failed  int
	because string
}

func (t *tally) answered(w *work, since time.Time) {
	if atomic.LoadInt32(&w.stage) == measuring {
		t.latency.add(time.Since(since))
	}
}

// refused counts in every stage: a system that refuses during warm-up is not measured either.
func (t *tally) refused(because string) {
	t.failed++
	t.because = because
}

type measured struct {
	PerSecond float64 `json:"perSecond"`
	P50Ms     float64 `json:"p50Ms"`
	P99Ms     float64 `json:"p99Ms"`
	P999Ms    float64 `json:"p999Ms"`
	MaxMs     float64 `json:"maxMs"`
	Answered  uint64  `json:"answered"`
	Failed    int     `json:"failed"`
	Because   string  `json:"because,omitempty"`
	usage
}

func measure(target system, hosts []string) measured {
	w := &work{isPut: *operation == "put", value: someValue()}
	finished := start(target, hosts, w)
	time.Sleep(*warmUp)
	before := takeSample()
	atomic.StoreInt32(&w.stage, measuring)
	time.Sleep(*duration)
	atomic.StoreInt32(&w.stage, over)
	after := takeSample()
	all := &tally{}
	select {
	case all = <-finished:
	case <-time.After(15 * time.Second):
		fail("requests were never answered")
	}
	return measured{
		PerSecond: float64(all.latency.count) / after.at.Sub(before.at).Seconds(),
		P50Ms:     all.latency.quantileMs(.5), P99Ms: all.latency.quantileMs(.99), P999Ms: all.latency.quantileMs(.999),
		MaxMs: float64(all.latency.longest) / 1e6, Answered: all.latency.count, Failed: all.failed, Because: all.because,
		usage: usageBetween(before, after, all.latency.count),
	}
}

type filled struct {
	Keys      int     `json:"keys"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
	Failed    int     `json:"failed"`
	Because   string  `json:"because,omitempty"`
}

func fill(target system, hosts []string) filled {
	started := time.Now()
	all := <-start(target, hosts, &work{isPut: true, value: someValue(), inOrder: true, stage: warmingUp})
	seconds := time.Since(started).Seconds()
	return filled{Keys: *fillCount, Seconds: seconds, PerSecond: float64(*fillCount) / seconds, Failed: all.failed, Because: all.because}
}

// start opens all connections first and then lets them run; the sum of their tallies comes when all are done.
func start(target system, hosts []string, w *work) <-chan *tally {
	open := make([]connection, *connections)
	for i := range open {
		callers := *clients / *connections
		if i < *clients%*connections {
			callers++
		}
		c, err := target.open(hosts[i%len(hosts)], callers)
		if err != nil {
			fail(err.Error())
		}
		open[i] = c
	}
	tallies := make(chan *tally)
	for _, c := range open {
		go func(c connection) {
			defer c.close()
			tallies <- c.run(w)
		}(c)
	}
	sum := make(chan *tally, 1)
	go func() {
		all := &tally{}
		for range open {
			one := <-tallies
			all.latency.merge(&one.latency)
			all.failed += one.failed
			if one.because != "" {
				all.because = one.because
			}
		}
		sum <- all
	}()
	return sum
}

func newRandom() *rand.Rand {
	return rand.New(rand.NewSource(time.Now().UnixNano()))
}

func someValue() string {
	random := newRandom()
	value := make([]byte, *valueBytes)
	for i := range value {
		value[i] = 'a' + byte(random.Intn(26))
	}
	return string(value)
}
