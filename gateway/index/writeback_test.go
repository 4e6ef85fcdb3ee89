package index

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// logAfter is how long the log has been after so many blocks.
func logAfter(t *testing.T, pages, blocks int) int64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index.db")
	x := open(t, "sqlite:"+path)
	back := x.db.(*sqlite).back
	back.stop() // looks when this test does
	back.done.Wait()
	back.pages = pages
	for _, b := range madeBlocks(t, 0, blocks, 20) {
		if err := x.Apply(t.Context(), "zhengzhou", []Block{b}); err != nil {
			t.Fatal(err)
		}
		if err := back.whenLong(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path + "-wal") // it does not shrink
	if err != nil {
		t.Fatal(err)
	}
	at, err := x.Checkpoint(t.Context(), "zhengzhou")
	if err != nil || at.Number != uint64(blocks-1) {
		t.Fatalf("the index is at %+v, %v", at, err)
	}
	return info.Size()
}

func TestTheLogBeginsAnewWhenItWasWrittenBack(t *testing.T) {
	const page, blocks = 4096, 60
	never, often := logAfter(t, math.MaxInt, blocks), logAfter(t, 200, blocks)
	if never < 3*200*page {
		t.Fatalf("%d blocks make a log of %d bytes: too few to tell", blocks, never)
	}
	if often > never/2 {
		t.Errorf("a log that is written back at 200 pages has had %d bytes, one that is not %d", often, never)
	}
}

func TestALogThatIsShortIsLeft(t *testing.T) {
	x := open(t, "sqlite:"+filepath.Join(t.TempDir(), "index.db"))
	if err := x.Apply(t.Context(), "zhengzhou", madeBlocks(t, 0, 1, 5)); err != nil {
		t.Fatal(err)
	}
	back := x.db.(*sqlite).back
	if err := back.whenLong(t.Context()); err != nil {
		t.Fatal(err)
	}
	if waiting, err := checkpoint(t.Context(), back.beside, "NOOP"); err != nil || waiting == 0 {
		t.Errorf("%d pages wait to be written back, %v", waiting, err)
	}
}
