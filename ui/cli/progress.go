package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sys/unix"
)

// between is how often a progress that is not on a terminal writes a line; work that is done
// sooner than that writes none.
const between = 5 * time.Second

// progress shows how far a long piece of work is, on stderr: a bar on a terminal, a line every few
// seconds elsewhere. Safe for several goroutines.
type progress struct {
	w     io.Writer
	now   func() time.Time
	title string
	unit  string
	total int64 // -1 when unknown

	mu      sync.Mutex
	done    int64
	detail  string
	started time.Time
	spoke   time.Time // when the last line was written
	bar     *progressbar.ProgressBar
}

// progress starts showing a piece of work of total units ("pairs", "steps"); total is -1 when nobody
// knows. The caller calls finish at the end, whatever the end.
func (a *app) progress(title string, total int64, unit string) *progress {
	now := a.now()
	p := &progress{w: a.stderr, now: a.now, title: title, unit: unit, total: total, started: now, spoke: now}
	if isTerminal(a.stderr) {
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(a.stderr),
			progressbar.OptionSetDescription(title),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString(unit),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetWidth(24),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// begin says that so many units were done before.
func (p *progress) begin(done int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = done
	if p.bar != nil {
		_ = p.bar.Set64(done)
	}
}

// add says that n more units are done.
func (p *progress) add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if p.bar != nil {
		_ = p.bar.Add64(n) // a bar that cannot be drawn is no reason to stop the work
		return
	}
	if p.now().Sub(p.spoke) >= between {
		p.speak()
	}
}

// describe shows a few words beside the count, such as the latest loss.
func (p *progress) describe(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.detail = fmt.Sprintf(format, args...)
	if p.bar != nil {
		p.bar.Describe(p.title + ": " + p.detail)
	}
}

// finish ends the display. Where lines were written, a last one says how it ended.
func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
		return
	}
	if p.spoke.After(p.started) {
		p.speak()
	}
}

func (p *progress) speak() {
	p.spoke = p.now()
	count := fmt.Sprintf("%d %s", p.done, p.unit)
	if p.total > 0 {
		count = fmt.Sprintf("%d of %d %s (%d %%)", p.done, p.total, p.unit, 100*p.done/p.total)
	}
	seconds := p.spoke.Sub(p.started).Round(time.Second)
	if p.detail != "" {
		count += ", " + p.detail
	}
	fmt.Fprintf(p.w, "%s: %s, %s\n", p.title, count, seconds)
}

// isTerminal reports whether a person is looking at w.
func isTerminal(w io.Writer) bool {
	file, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}
