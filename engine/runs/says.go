package runs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Say is something that a script said about its run when a condition began to hold.
type Say struct {
	Step int    `json:"step"`
	Text string `json:"text"`
}

// Say records durably what a script found. The same words at the same step are one.
func (r *Recorder) Say(step int, text string) error {
	sum := sha256.Sum256([]byte(text))
	return r.put(kindSay, step, hex.EncodeToString(sum[:8]), Say{step, text})
}

// Said returns what the script of a run found, by step.
func (b *Book) Said(run string) ([]Say, error) {
	all, err := collect[Say](b, run, kindSay)
	older, err2 := b.saidInTables(run)
	return append(older, all...), errors.Join(err, err2)
}

// saidInTables reads what older versions kept as a table of samples.
func (b *Book) saidInTables(run string) (all []Say, err error) {
	err = b.store.EachEntry(run, kindSample, 0, func(step int64, name string, record []byte) error {
		if name != byScript {
			return nil
		}
		var table SampleTable
		if err := unmarshal(record, &table, kindSample, run, step); err != nil {
			return err
		}
		for _, row := range table.Rows {
			all = append(all, Say{int(step), fmt.Sprint(row...)})
		}
		return nil
	})
	return all, err
}
