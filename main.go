// Command workbench samples from language models, asks people about the samples, and learns from
// their answers. Everything is in ui/cli and below; this file connects it to the process.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"workbench/ui/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
