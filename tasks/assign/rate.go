package assign

import "time"

// rate counts what happened in the last ten minutes, in steps of ten seconds.
type rate struct {
	last    int64 // the number of the newest step
	buckets [60]int32
}

const bucket = int64(10 * time.Second)

func (r *rate) add(at int64, n int32) {
	r.forget(at)
	if step := at / bucket; step > r.last-int64(len(r.buckets)) {
		r.buckets[step%int64(len(r.buckets))] += n
	}
}

// perHour is how many there would be in an hour.
func (r *rate) perHour(now int64) float64 {
	r.forget(now)
	n := int32(0)
	for _, b := range r.buckets {
		n += b
	}
	return float64(n) * float64(time.Hour) / float64(bucket*int64(len(r.buckets)))
}

// forget empties the steps that are over ten minutes old.
func (r *rate) forget(now int64) {
	step := now / bucket
	for ; r.last < step; r.last++ {
		if step-r.last > int64(len(r.buckets)) {
			r.last = step - int64(len(r.buckets))
		}
		r.buckets[(r.last+1)%int64(len(r.buckets))] = 0
	}
}
