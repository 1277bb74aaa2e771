package cli

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// glance is how long the machine is watched before it is called idle.
const glance = 60 * time.Millisecond

// machineIdle says whether at least half of the processors' time is free, before this process begins
// its own work. Where the system doesn't say, it is not.
func machineIdle(stat func() (string, error), wait func(time.Duration)) bool {
	before, err := stat()
	if err != nil {
		return false
	}
	wait(glance)
	after, err := stat()
	if err != nil {
		return false
	}
	idle0, all0, ok0 := processorTime(before)
	idle1, all1, ok1 := processorTime(after)
	return ok0 && ok1 && all1 > all0 && 2*(idle1-idle0) >= all1-all0
}

// processorTime reads the first line of Linux's /proc/stat: ticks of all processors since the start,
// by what they were spent on; the fourth and fifth figures are idling, and waiting for a disk. The
// last two are counted among the first already.
func processorTime(stat string) (idle, all int64, ok bool) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[0] != "cpu" {
		return 0, 0, false
	}
	for i, field := range fields[1:min(len(fields), 9)] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, 0, false
		}
		all += n
		if i == 3 || i == 4 {
			idle += n
		}
	}
	return idle, all, true
}

func procStat() (string, error) {
	text, err := os.ReadFile("/proc/stat")
	return string(text), err
}
