// loadgen drives one cluster, etcd through gRPC or Oarlock through its native protocol, and prints one line of JSON.
//
// One program for both systems, so that keys, values, clocks and histograms are the same; only the way to the server differs, which is
// what etcd.go and native.go hold. It uses no more than bench/loadgen/build.sh finds in Debian's golang-etcd-server-dev.
//
//	loadgen -system native -op put -endpoints 127.0.0.1:2379 -clients 100 -connections 10 -duration 5s
//	loadgen -system etcd -op fill -n 100000 ...      every key once
//	loadgen -system etcd -op failover -pid 4711 ...  kill, then the time until a put succeeds
//	loadgen -system native -op ready ...             the moment at which a linearizable read is answered
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

var (
	systemName  = flag.String("system", "native", "native | etcd")
	operation   = flag.String("op", "put", "put | get | fill | failover | ready")
	endpoints   = flag.String("endpoints", "", "comma separated host:port; connections go round them")
	clients     = flag.Int("clients", 1, "callers, each with one request under way")
	connections = flag.Int("connections", 1, "connections that the callers share")
	duration    = flag.Duration("duration", 5*time.Second, "measured time")
	warmUp      = flag.Duration("warm-up", 1500*time.Millisecond, "time before that, not measured")
	keyCount    = flag.Int("keys", 10000, "put, get: keys are random below this number")
	fillCount   = flag.Int("n", 100000, "fill: this many keys, each once")
	valueBytes  = flag.Int("value-bytes", 256, "")
	watched     = flag.String("pids", "", "name=pid,...: processes whose processor time is reported")
	victim      = flag.Int("pid", 0, "failover: the process to signal; the endpoints are those that survive")
	signalName  = flag.String("signal", "KILL", "failover: KILL | STOP")
	patience    = flag.Duration("patience", 30*time.Second, "failover, ready: when to give up")
)

func main() {
	flag.Parse()
	target, known := systems[*systemName]
	if !known || *endpoints == "" {
		fail("usage: loadgen -system native|etcd -endpoints host:port,... [-op ...]; see -help")
	}
	hosts := strings.Split(*endpoints, ",")
	switch *operation {
	case "put", "get":
		print(measure(target, hosts))
	case "fill":
		print(fill(target, hosts))
	case "failover":
		print(failover(target, hosts))
	case "ready":
		print(ready(target, hosts))
	default:
		fail("unknown -op " + *operation)
	}
}

// A system is a way to talk to a server.
type system struct {
	// Opens a connection over which `callers` requests are under way at once.
	open func(endpoint string, callers int) (connection, error)
	// Opens a connection for single requests.
	probe func(endpoint string) (prober, error)
}

var systems = map[string]system{"etcd": etcdSystem, "native": nativeSystem}

type connection interface {
	// Sends requests as long as there is work, always as many at once as the connection has callers; returns when all are answered.
	run(w *work) *tally
	close()
}

type prober interface {
	put(key, value string, timeout time.Duration) error
	get(key string, timeout time.Duration) error
	close()
}

// Keys have eight bytes.
func key(number int) string {
	digits := strconv.Itoa(number)
	return "00000000"[len(digits):] + digits
}

func print(result interface{}) {
	line, err := json.Marshal(result)
	if err != nil {
		fail(err.Error())
	}
	fmt.Println(string(line))
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "loadgen: "+message)
	os.Exit(1)
}
