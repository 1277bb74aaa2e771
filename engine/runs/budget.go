package runs

import (
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// unknownMemory is what a machine is taken to have when it does not say.
const unknownMemory = 8 << 30

// DefaultBudget returns three quarters of the memory that this process may use: the machine's, or
// its control group's limit where that is less. The rest is for what nobody declares: the Go heap,
// the store's caches, the runtime's own allocations, the system.
func DefaultBudget() int64 {
	return min(physicalMemory(), groupLimit("/")) / 4 * 3
}

// physicalMemory returns the machine's memory in bytes.
func physicalMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return unknownMemory
	}
	if bytes, ok := memoryField(string(info), "MemTotal:"); ok {
		return bytes
	}
	return unknownMemory
}

// groupLimit returns the least limit of the control groups that this process is in, version 2 or 1,
// under a root folder; without one, the largest int64.
func groupLimit(root string) int64 {
	limit := int64(math.MaxInt64)
	groups, err := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	if err != nil {
		return limit
	}
	for line := range strings.Lines(string(groups)) {
		// hierarchy-id:controllers:path, with no controllers in version 2
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case parts[1] == "":
			limit = min(limit, leastLimit(path.Join(root, "sys/fs/cgroup"), parts[2], "memory.max"))
		case strings.Contains(","+parts[1]+",", ",memory,"):
			limit = min(limit, leastLimit(path.Join(root, "sys/fs/cgroup/memory"), parts[2], "memory.limit_in_bytes"))
		}
	}
	return limit
}

// leastLimit walks from a group up to the mount; inside a container the group's own folder may not
// be visible, but the mount's root then is the container's group.
func leastLimit(mount, group, file string) int64 {
	limit := int64(math.MaxInt64)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		if text, err := os.ReadFile(path.Join(mount, group, file)); err == nil {
			// "max" in version 2 is no limit, as is not being a number
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
				limit = min(limit, n)
			}
		}
		if group == "/" {
			return limit
		}
	}
}

// memoryField finds a line such as "MemTotal:   1234 kB" and returns its bytes.
func memoryField(text, name string) (bytes int64, ok bool) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != name {
			continue
		}
		kilobytes, err := strconv.ParseInt(words[1], 10, 64)
		return kilobytes << 10, err == nil
	}
	return 0, false
}
