package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

func TestAPolicyCanNest(t *testing.T) {
	p := Policy{N: 2, Of: []Rule{{MSP: "HenanMSP"}, {Policy: &Policy{N: 1, Of: Any("A", "B").Of}}}}
	check(t, p.Check())
	for signed, want := range map[string]bool{"HenanMSP A": true, "HenanMSP B": true, "A B": false, "HenanMSP": false} {
		set := map[string]bool{}
		for _, m := range bytes.Fields([]byte(signed)) {
			set[string(m)] = true
		}
		if p.satisfied(set) != want {
			t.Errorf("%s: %v", signed, !want)
		}
	}
	data, err := json.Marshal(p)
	check(t, err)
	var back Policy
	check(t, json.Unmarshal(data, &back))
	if back.String() != p.String() {
		t.Errorf("%s became %s", p.String(), back.String())
	}
}

func TestAPolicyNamesWhoWouldSatisfyIt(t *testing.T) {
	main := Policy{N: 2, Of: []Rule{{MSP: "HenanMSP"}, {Policy: &Policy{N: 1, Of: Any("A", "B", "C").Of}}}}
	for _, c := range []struct {
		policy    Policy
		preferred []string
		want      string
	}{
		{All("A", "B"), nil, "[A B]"},
		{main, nil, "[HenanMSP A]"},
		{main, []string{"C"}, "[C HenanMSP]"},
		{Policy{N: 2, Of: Any("A", "B", "C").Of}, []string{"C"}, "[C A]"},
	} {
		got := c.policy.Choose(c.preferred...)
		set := map[string]bool{}
		for _, m := range got {
			set[m] = true
		}
		if fmt.Sprint(got) != c.want || !c.policy.satisfied(set) {
			t.Errorf("%s preferring %v: %v, not %s", c.policy.String(), c.preferred, got, c.want)
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
