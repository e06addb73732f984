package main

import (
	"fmt"
	"io/ioutil"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage says who used the processor meanwhile. All percentages are of one core.
type usage struct {
	// Microseconds of processor time for one answered request, by process; "client" is this program.
	CPUMicrosPerOp map[string]float64 `json:"cpuMicrosPerOp"`
	CPUPercent     map[string]float64 `json:"cpuPercent"`
	// Everything that is neither the system nor this program: noise.
	OtherPercent float64 `json:"otherPercent"`
	IdlePercent  float64 `json:"idlePercent"`
	// What the hypervisor gave to others.
	StealPercent float64            `json:"stealPercent"`
	ResidentMB   map[string]float64 `json:"residentMb"`
}

type sample struct {
	at                   time.Time
	seconds              map[string]float64
	residentMB           map[string]float64
	machine, idle, steal float64
}

const clockTicksPerSecond = 100

func takeSample() sample {
	s := sample{at: time.Now(), seconds: map[string]float64{}, residentMB: map[string]float64{}}
	for name, pid := range watchedPids() {
		text, err := ioutil.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		// The name in brackets may hold spaces; what follows it does not.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
		s.seconds[name] = (number(fields[11]) + number(fields[12])) / clockTicksPerSecond
		s.residentMB[name] = number(fields[21]) * 4096 / 1e6
	}
	var own syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	s.seconds["client"] = secondsOf(own.Utime) + secondsOf(own.Stime)
	text, err := ioutil.ReadFile("/proc/stat")
	if err != nil {
		return s
	}
	// user nice system idle iowait irq softirq steal
	for i, field := range strings.Fields(strings.SplitN(string(text), "\n", 2)[0])[1:9] {
		seconds := number(field) / clockTicksPerSecond
		s.machine += seconds
		switch i {
		case 3, 4:
			s.idle += seconds
		case 7:
			s.steal = seconds
		}
	}
	return s
}

func usageBetween(before, after sample, operations uint64) usage {
	u := usage{CPUMicrosPerOp: map[string]float64{}, CPUPercent: map[string]float64{}, ResidentMB: after.residentMB}
	elapsed := after.at.Sub(before.at).Seconds()
	known := 0.0
	for name, seconds := range after.seconds {
		used := seconds - before.seconds[name]
		known += used
		u.CPUPercent[name] = used / elapsed * 100
		if operations > 0 {
			u.CPUMicrosPerOp[name] = used * 1e6 / float64(operations)
		}
	}
	total := after.machine - before.machine
	if total <= 0 {
		return u
	}
	ofOneCore := float64(runtime.NumCPU()) * 100 / total
	idle, steal := after.idle-before.idle, after.steal-before.steal
	u.IdlePercent = idle * ofOneCore
	u.StealPercent = steal * ofOneCore
	u.OtherPercent = (total-idle-steal)*ofOneCore - known/elapsed*100
	if u.OtherPercent < 0 {
		u.OtherPercent = 0
	}
	return u
}

func watchedPids() map[string]int {
	pids := map[string]int{}
	for _, pair := range strings.Split(*watched, ",") {
		parts := strings.SplitN(pair, "=", 2)
		if len(parts) != 2 {
			continue
		}
		if pid, err := strconv.Atoi(parts[1]); err == nil {
			pids[parts[0]] = pid
		}
	}
	return pids
}

func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}

func secondsOf(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
