package storage

// schemaVersion is the version of the keys and records that this package writes. Whoever changes
// their meaning raises it and adds a migration.
const schemaVersion = 4

// migrations lead from every version there was to the next; a store's first version was 1.
var migrations = []migration{
	{from: 1, name: "people, flows, tasks, answers and the log of events", do: func(*Store, *Batch) error {
		return nil // runs and models stay as they are; the rest is new
	}},
	{from: 2, name: "completions of the API, and what their users said of them", do: func(*Store, *Batch) error {
		return nil // both are new
	}},
	{from: 3, name: "what is cited leads to what cites it", do: indexCites},
}
