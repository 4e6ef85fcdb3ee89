//go:build e2e

package network

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"henanchain/network/failure"
)

// fill writes zeros until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 1<<12; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullDiskIsSaidAndNothingAcknowledgedIsLost(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1600m,mode=700"); err != nil {
		t.Skipf("skipped: a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	a := newAdmin(t)
	a.state = filepath.Join(disk, "state")
	a.up()
	kept := a.written(3)
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	// Business systems are told so; what they are told is written, is.
	var refused error
	for i := 0; i < 200 && refused == nil; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		refused = deposit(ctx, a.caller("zhengzhou-notary"), "zhengzhou", "on a full disk "+time.Now().String())
		cancel()
	}
	if refused == nil {
		t.Error("200 records were acknowledged on a full disk")
	}
	t.Logf("a business system hears: %v", refused)
	out, errs, exit := a.run("status")
	if exit != failure.Disk || !strings.Contains(errs, "the disk of") || !strings.Contains(out, "is full") {
		t.Errorf("status ended with %d:\n%s%s", exit, out, errs)
	}
	for _, args := range [][]string{{"up", "--no-build"}, {"backup", "save", filepath.Join(disk, "backup.hnc")}} {
		if _, errs, exit := a.run(args...); exit != failure.Disk && exit != failure.Unhealthy || strings.Contains(errs, "goroutine ") {
			t.Errorf("%v ended with %d: %s", args, exit, errs)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	a.up()
	a.isHealthy()
	a.same(kept)
	if err := deposit(context.Background(), a.caller("zhengzhou-notary"), "zhengzhou", "after there is room"); err != nil {
		t.Error(err)
	}
}
