// Package dataset reads collections of records from files: streaming, in any order, in parts.
//
// [Open] reads a file once, checks every record, and remembers where each begins; afterwards a
// record is read from the file when it is asked for, so a [Dataset] takes eight bytes of memory a
// record however long its texts are. Parts of a dataset ([Dataset.Split], [Dataset.Filter], …) are
// lists of rows over the same file.
//
// Everything that looks random is a pure function of a seed and the content: a group of records
// stays on its side of a split when others are added, and [Batches] stand exactly where a saved
// [Position] says.
//
// Formats are listed in catalog.go. Gzip is taken off before the format sees the text.
package dataset
