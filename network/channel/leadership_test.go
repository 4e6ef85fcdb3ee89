package channel

import (
	"strings"
	"testing"
)

// bft is what an orderer under BFT says of the channel henan.
func bft(leads, view, current, next, actual string) string {
	return `# HELP consensus_BFT_is_leader The leadership status of the current node.
consensus_BFT_is_leader{channel="henan"} ` + leads + `
consensus_smartbft_view_number{channel="henan"} ` + view + `
consensus_smartbft_viewchange_current_view{channel="henan"} ` + current + `
consensus_smartbft_viewchange_next_view{channel="henan"} ` + next + `
consensus_smartbft_viewchange_real_view{channel="henan"} ` + actual + "\n"
}

func raft(leads string) string {
	return `consensus_etcdraft_is_leader{channel="henan"} ` + leads + "\n" + `consensus_etcdraft_is_leader{channel="xinyang"} 1` + "\n"
}

func TestAChannelIsLed(t *testing.T) {
	settled := bft("0", "3", "3", "3", "3")
	const silent = "-"
	cases := []struct {
		name     string
		orderers []string
		led      bool
	}{
		{"where a Raft orderer leads", []string{raft("0"), raft("1"), silent}, true},
		{"not while Raft elects", []string{raft("0"), raft("0"), raft("0")}, false},
		{"where all BFT orderers are in one view, though no block has told it", []string{settled, settled, settled, settled}, true},
		{"where one of four BFT orderers does not answer", []string{settled, silent, settled, settled}, true},
		{"not where two of four BFT orderers do not answer", []string{settled, silent, silent, settled}, false},
		{"where one of four BFT orderers lags behind", []string{settled, bft("1", "2", "2", "2", "2"), settled, settled}, true},
		{"not where BFT orderers are in two views", []string{settled, bft("1", "2", "2", "2", "2"), bft("0", "2", "2", "2", "2"), settled}, false},
		{"where BFT orderers asked for the next view before this one came", []string{bft("0", "3", "3", "4", "3"), bft("0", "3", "3", "4", "3"), settled, settled}, true},
		{"not while BFT orderers wait for the new view", []string{bft("0", "3", "4", "4", "3"), bft("0", "3", "4", "4", "3"), bft("0", "3", "4", "4", "3"), settled}, false},
		{"where an orderer of other channels has no part", []string{settled, settled, settled, settled, `consensus_BFT_is_leader{channel="xinyang"} 1` + "\n"}, true},
		{"not where nobody serves it", []string{"", ""}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var said []map[string]Leadership
			for _, text := range c.orderers {
				if text == silent {
					said = append(said, nil)
					continue
				}
				l, err := leaderships(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				said = append(said, l)
			}
			if led := Led("henan", said); led != c.led {
				t.Errorf("led %v", led)
			}
		})
	}
}

func TestAMetricThatIsNoNumberIsRefused(t *testing.T) {
	if _, err := leaderships(strings.NewReader(raft("many"))); err == nil {
		t.Error("it was taken")
	}
}
