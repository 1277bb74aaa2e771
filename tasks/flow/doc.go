// Package flow runs programs that may wait for days: for people, for models, for time, for each other.
// It knows histories, not Starlark: tasks/script drives it through [Program].
//
// A program runs once for every item of a [Runtime]'s flow, as an instance, and whatever it wants of the
// world goes through the instance's calls. Each call's result is appended to the instance's history
// before the program sees it. So an instance is its history, and a goroutine that runs its program is
// disposable: after a restart the program runs again from the top, gets its recorded results, and stands
// where it stood.
//
// A call is identified by its number in the order in which the program makes them and by a hash of its
// primitive and arguments. A recorded call with an equal hash returns its result. With another hash it is
// a divergence: the instance stops, both sides are kept, and a person decides. Re-opening a call is a
// divergence on purpose: its result is dropped, and later calls keep theirs only while their hashes stay
// what they were.
package flow
