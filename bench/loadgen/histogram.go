package main

import (
	"math/bits"
	"time"
)

// A histogram of durations: 64 buckets for every power of two above a microsecond, so that no quantile is off by more than 1.6 %.
type histogram struct {
	buckets [40 * bucketsPerOctave]uint64
	count   uint64
	longest time.Duration
}

const bucketsPerOctave = 64
const unit = 10 // the smallest bucket is 2^10 ns wide

func (h *histogram) add(d time.Duration) {
	h.buckets[bucketOf(uint64(d))]++
	h.count++
	if d > h.longest {
		h.longest = d
	}
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
	if other.longest > h.longest {
		h.longest = other.longest
	}
}

// The duration below which the share `q` of all lies, in milliseconds.
func (h *histogram) quantileMs(q float64) float64 {
	wanted := uint64(q * float64(h.count))
	var seen uint64
	for i, n := range h.buckets {
		seen += n
		if seen > wanted {
			return float64(middleOf(i)) / 1e6
		}
	}
	return float64(h.longest) / 1e6
}

func bucketOf(ns uint64) int {
	scaled := ns >> unit
	if scaled < bucketsPerOctave {
		return int(scaled)
	}
	octave := bits.Len64(scaled) - 7
	bucket := (octave+1)*bucketsPerOctave + int(scaled>>uint(octave)) - bucketsPerOctave
	if bucket >= 40*bucketsPerOctave {
		return 40*bucketsPerOctave - 1
	}
	return bucket
}

func middleOf(bucket int) uint64 {
	half := uint64(1) << (unit - 1)
	if bucket < bucketsPerOctave {
		return uint64(bucket)<<unit + half
	}
	octave := uint(bucket/bucketsPerOctave - 1)
	return (uint64(bucket%bucketsPerOctave)+bucketsPerOctave)<<octave<<unit + half<<octave
}
