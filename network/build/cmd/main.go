// Command build makes every program of a network (see package build). It
// stands on the standard library alone, so that `go run` starts it at once on
// a machine whose caches are empty.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"henanchain/network/build"
	"henanchain/network/failure"
	"henanchain/network/progress"
)

func main() { os.Exit(run()) }

func run() int {
	root := flag.String("root", ".", "folder of the repository")
	only := flag.String("only", "", "units to build, separated by commas: fabric, fabric-ca, programs (all where empty)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Builds Fabric, Fabric CA and this project's programs into build/bin; what is up to date is left alone.")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	abs, err := filepath.Abs(*root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return failure.Other
	}
	options := build.Options{Root: abs}
	if *only != "" {
		options.Only = strings.Split(*only, ",")
	}
	result, err := build.All(ctx, options)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "build: stopped; the next run goes on from here")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "build:", err)
		return failure.ExitStatus(err)
	}
	fmt.Fprintf(os.Stderr, "✓ programs are in %s (%s)\n", result.Bin, progress.Clock(result.Elapsed))
	return 0
}
