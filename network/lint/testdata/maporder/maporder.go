package maporder

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"
)

var errFound = errors.New("found")

type stub interface{ PutState(string, []byte) error }

func writes(s stub, m map[string][]byte) error {
	for k, v := range m { // want `the order of a map differs each time, and here \(line 19\) s.PutState is called for each entry`
		if err := s.PutState(k, v); err != nil {
			return err
		}
	}
	return nil
}

func unsorted(m map[string]int) []string {
	var out []string
	for k := range m { // want `out is filled in the map's order and not sorted afterwards`
		out = append(out, k)
	}
	return out
}

func joins(m map[string]string) string {
	s := ""
	for _, v := range m { // want `s is changed step by step`
		s += v
	}
	return s
}

func firstOne(m map[string]int) int {
	for _, v := range m { // want `what it returns depends on which entry comes first`
		return v
	}
	return 0
}

func whichError(m map[string]int) error {
	for k, v := range m { // want `what it returns depends on which entry comes first`
		if v < 0 {
			return fmt.Errorf("%s is negative", k)
		}
	}
	return nil
}

func whichReturn(m map[string]int) string {
	for _, v := range m { // want `which of its returns is reached first depends on the order`
		if v < 0 {
			return "negative"
		}
		if v > 9 {
			return "large"
		}
	}
	return ""
}

func last(m map[string]int) (out int) {
	for _, v := range m { // want `the last entry decides what out is`
		out = v
	}
	return out
}

func until(m map[string]int) (n int) {
	for _, v := range m { // want `it ends early, and what it has done by then depends on the order`
		if v == 7 {
			break
		}
		n++
	}
	return n
}

func partly(m, to map[string]int) error {
	for k, v := range m { // want `it returns early, and what it has changed by then depends on the order`
		if v < 0 {
			return errFound
		}
		to[k] = v
	}
	return nil
}

func otherKey(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m { // want `the last entry decides what out\[v\] is`
		out[v] = k
	}
	return out
}

func iterators(m map[string]int) []string {
	for range maps.Values(m) {
	}
	for v := range maps.Values(m) { // want `something is called for each entry`
		println(v)
	}
	_ = reflect.ValueOf(m).MapKeys()                  // want `MapKeys gives the keys in an order that differs`
	_ = slices.Collect(maps.Keys(m))                  // want `maps.Keys gives an order that differs each time`
	return slices.AppendSeq([]string{}, maps.Keys(m)) // want `maps.Keys gives an order`
}

func floatsAdd(m map[string]float64) (sum float64) {
	for _, v := range m { // want `sum is changed step by step`
		sum += v
	}
	return sum
}

func pointers(m map[string]*struct {
	seen bool
	at   int
}) (n int) {
	for _, v := range m { // want `the last entry decides what v.at is`
		n++
		v.at = n
	}
	return n
}

func sorted(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, strings.ToUpper(k))
	}
	sort.Strings(out)
	var more []string
	for k, v := range m {
		if v > 3 {
			more = append(more, k)
		}
	}
	slices.SortFunc(more, strings.Compare)
	keys := slices.Collect(maps.Keys(m))
	slices.Sort(keys)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k)
	}
	return append(append(out, more...), keys...)
}

func inAnyOrder(m map[string]int) (total, largest int, found bool, inverse map[string]int) {
	inverse = map[string]int{}
	for k, v := range m {
		total += v
		largest = max(largest, v)
		inverse[k] = -v
		if v == 7 {
			found = true
			continue
		}
		double := v * 2
		double++
	}
	for k := range m {
		if strings.HasPrefix(k, "x") {
			delete(m, k)
		}
	}
	return total, largest, found, maps.Collect(maps.All(inverse))
}

func exists(m map[string]int) bool {
	for _, v := range m {
		if v == 7 {
			return true
		}
	}
	return false
}

func oneError(m map[string]int) error {
	for _, v := range m {
		if v < 0 {
			return errFound
		}
	}
	return nil
}

func stops(m map[string]int) (found bool) {
	for _, v := range m {
		if v == 7 {
			found = true
			break
		}
	}
	return found
}

func grouped(m map[string][]string) map[string][]string {
	out := map[string][]string{}
	for k, list := range m {
		for _, v := range list {
			out[k] = append(out[k], v)
		}
	}
	return out
}

func slicesAreFine(s []string) (out []string) {
	for _, v := range s {
		out = append(out, v)
	}
	return out
}
