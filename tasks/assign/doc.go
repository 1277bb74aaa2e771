// Package assign decides who gets which task: leases, overlap, pools, exclusions, order, and the
// reasons why somebody gets none.
//
// A [Desk] is the one owner of these decisions. One goroutine decides on an index in memory, gathers
// whoever waits, writes what it decided with one synchronous commit, and only then tells them. What it
// told has survived. The index is rebuilt from tasks and the log of events when a desk is opened.
//
// A task goes to as many people as it wants answers, each under a lease that ends by itself: whether it
// has ended is worked out from its deadline whenever somebody asks, so nothing has to come round and free
// it. An answer that comes after its lease has ended counts where its place is still free; otherwise it
// is kept and flagged. Nobody gets a task twice that they answered or skipped.
package assign
