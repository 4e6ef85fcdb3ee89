package testnet

import (
	"os"
	"strconv"
	"testing"
)

// Long leaves a test out of a usual run: one that kills nodes for minutes and
// whose deadlines suppose a machine of its own. scripts/test.sh --long runs it.
func Long(t *testing.T) {
	t.Helper()
	if os.Getenv("HNC_TEST_LONG") == "" {
		t.Skip("skipped: takes minutes of a machine of its own; scripts/test.sh --long runs it")
	}
}

// Kills is how often a test kills something: as often as HNC_TEST_KILLS says, or
// as is usual.
func Kills(t testing.TB, usual int) int {
	t.Helper()
	text := os.Getenv("HNC_TEST_KILLS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("HNC_TEST_KILLS is %q: give a number", text)
	}
	return n
}
