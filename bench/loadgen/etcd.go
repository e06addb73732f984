package main

import (
	"context"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3"
	"google.golang.org/grpc"
)

// etcd through its own client: one gRPC connection, a goroutine for every caller.
var etcdSystem = system{
	open: func(endpoint string, callers int) (connection, error) {
		client, err := dialEtcd(endpoint)
		return &etcdConnection{client, callers}, err
	},
	probe: func(endpoint string) (prober, error) {
		client, err := dialEtcd(endpoint)
		return &etcdProber{client}, err
	},
}

const etcdTimeout = 10 * time.Second

func dialEtcd(endpoint string) (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{
		Endpoints:   []string{endpoint},
		DialTimeout: 10 * time.Second,
		DialOptions: []grpc.DialOption{grpc.WithBlock(), grpc.WithInsecure()},
	})
}

type etcdConnection struct {
	client  *clientv3.Client
	callers int
}

func (c *etcdConnection) run(w *work) *tally {
	all := &tally{}
	var group sync.WaitGroup
	for i := 0; i < c.callers; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			one := c.call(w)
			all.mutex.Lock()
			defer all.mutex.Unlock()
			all.latency.merge(&one.latency)
			all.failed += one.failed
			if one.because != "" {
				all.because = one.because
			}
		}()
	}
	group.Wait()
	return all
}

func (c *etcdConnection) call(w *work) *tally {
	seen := &tally{}
	random := newRandom()
	for {
		number, more := w.next(random)
		if !more {
			return seen
		}
		// KV.Do retries nothing by itself: a refusal is seen as one.
		operation := clientv3.OpGet(key(number))
		if w.isPut {
			operation = clientv3.OpPut(key(number), w.value)
		}
		asked := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), etcdTimeout)
		_, err := c.client.KV.Do(ctx, operation)
		cancel()
		if err == nil {
			seen.answered(w, asked)
			continue
		}
		seen.refused(err.Error())
		time.Sleep(time.Millisecond)
	}
}

func (c *etcdConnection) close() { c.client.Close() }

type etcdProber struct{ client *clientv3.Client }

func (p *etcdProber) put(key, value string, timeout time.Duration) error {
	return p.do(clientv3.OpPut(key, value), timeout)
}

func (p *etcdProber) get(key string, timeout time.Duration) error {
	return p.do(clientv3.OpGet(key), timeout)
}

func (p *etcdProber) do(operation clientv3.Op, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	_, err := p.client.KV.Do(ctx, operation)
	return err
}

func (p *etcdProber) close() { p.client.Close() }
