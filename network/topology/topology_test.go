package topology

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func shipped(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheShippedTopologyIsValidAndComplete(t *testing.T) {
	f, err := Parse("topology.yaml", []byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	n, err := f.Select("province", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Organisations) != 20 || len(n.Peers()) != 20 || len(n.Channels) != 20 || len(n.Orderers) != 4 || n.OrderingType != BFT {
		t.Fatalf("province has %d organisations, %d peers, %d channels, %d %s orderers, want 20, 20, 20, 4 BFT",
			len(n.Organisations), len(n.Peers()), len(n.Channels), len(n.Orderers), n.OrderingType)
	}
	if main := n.Main(); main.Name != "henan" || len(main.Organisations) != 20 {
		t.Fatalf("main channel is %s with %d members, want henan with 20", main.Name, len(main.Organisations))
	}
	for _, c := range n.Channels {
		if !c.Main && (len(c.Organisations) != 2 || c.Organisations[0] != c.Name || c.Organisations[1] != "henan") {
			t.Errorf("channel %s has members %v, want the city first, then the province", c.Name, c.Organisations)
		}
	}
	if hkg, ok := n.Channel("hangkonggang"); !ok || hkg.Division != "410173" {
		t.Errorf("hangkonggang routes by %q, want 410173", hkg.Division)
	}
}

func TestAProfileLeavesOutWhatItsOrganisationsDoNotOwn(t *testing.T) {
	f, err := Parse("topology.yaml", []byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	n, err := f.Select("pilot", 12000)
	if err != nil {
		t.Fatal(err)
	}
	var channels []string
	for _, c := range n.Channels {
		channels = append(channels, c.Name)
	}
	if got := strings.Join(channels, " "); got != "henan zhengzhou xinyang" {
		t.Errorf("channels are %s, want henan zhengzhou xinyang", got)
	}
	if got := strings.Join(n.Main().Organisations, " "); got != "henan zhengzhou xinyang" {
		t.Errorf("members of the main channel are %s, want those of the profile", got)
	}
}

func TestANodeHasTheSamePortsInEveryProfile(t *testing.T) {
	f, err := Parse("topology.yaml", []byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	pilot, _ := f.Select("pilot", 0)
	province, _ := f.Select("province", 0)
	at := map[string]Node{}
	for _, nd := range province.Nodes() {
		at[nd.Name] = nd
	}
	for _, nd := range pilot.Nodes() {
		if at[nd.Name] != nd {
			t.Errorf("%s is %+v in pilot and %+v in province", nd.Name, nd, at[nd.Name])
		}
	}
}

func TestNoTwoPortsAreTheSame(t *testing.T) {
	f, err := Parse("topology.yaml", []byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := f.Select("province", 0)
	first, last := n.ContractPorts()
	seen := map[int]string{}
	take := func(port int, what string) {
		if other, ok := seen[port]; ok {
			t.Errorf("port %d is for %s and for %s", port, other, what)
		}
		if port < n.PortBase || port >= n.PortBase+PortSpan || (port >= first && port <= last) {
			t.Errorf("port %d for %s is outside of its range", port, what)
		}
		seen[port] = what
	}
	take(n.CAPort(), "CA")
	take(n.CAOperationsPort(), "CA operations")
	take(n.GatewayPort(), "gateway")
	for _, nd := range n.Nodes() {
		take(nd.Port, nd.Name)
		take(nd.OperationsPort, nd.Name+" operations")
		if nd.AdminPort != 0 {
			take(nd.AdminPort, nd.Name+" admin")
		}
		if nd.ChaincodePort != 0 {
			take(nd.ChaincodePort, nd.Name+" chaincode")
		}
	}
}

// lineWith is the number of the first line that holds a text.
func lineWith(t *testing.T, text, part string) int {
	t.Helper()
	i := strings.Index(text, part)
	if i < 0 {
		t.Fatalf("no %q in the topology", part)
	}
	return 1 + strings.Count(text[:i], "\n")
}

func TestEachMistakeIsBlamedOnItsLine(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, says string }{
		"unknown field":          {"name: zhengzhou, msp:", "name: zhengzhou, mspp:", "mspp"},
		"wrong version":          {"version: 1\n", "version: 7\n", "reads version 1"},
		"bad MSP":                {"msp: KaifengMSP", "msp: Kaifeng-MSP", "not an MSP ID"},
		"MSP twice":              {"msp: KaifengMSP", "msp: ZhengzhouMSP", "second time"},
		"bad division":           {`division: "410200"`, `division: "41020"`, "six digits"},
		"division twice":         {`division: "410200"`, `division: "410100"`, "second time"},
		"unknown organisation":   {"name: luohe, organisations: [luohe, henan]", "name: luohe, organisations: [luoho, henan]", `no organisation "luoho"`},
		"unknown contract":       {"contracts: [elicense, evidence, ", "contracts: [elicence, evidence, ", `no contract "elicence"`},
		"unknown channel":        {"cities: [zhengzhou, henan]", "cities: [zhengzhou, hainan]", `no channel "hainan"`},
		"bad department":         {"department: 11410100MB0Y0001XD", "department: 1141", "统一社会信用代码"},
		"too few for BFT":        {"        - {name: orderer3, organisation: henan}\n", "", "at least 4"},
		"unknown ordering":       {"type: BFT", "type: PBFT", "raft or BFT"},
		"bad timeout":            {"timeout: 100ms", "timeout: 100", "duration"},
		"bad size":               {"absoluteMaxBytes: 10MB", "absoluteMaxBytes: ten", "size"},
		"bad endorsement":        {"endorsement: province-and-owner", "endorsement: owner", "province-and-owner"},
		"port too high":          {"base: 21000", "base: 60000", "outgoing"},
		"bad address":            {"address: 127.0.0.1", "address: 127.0.0.1:70", "neither"},
		"profile forgets owners": {"organisations: [henan, zhengzhou, xinyang]", "organisations: [zhengzhou, xinyang]", "leaves out the province"},
		"word for a list":        {"organisations: all\n    contracts", "organisations: some\n    contracts", "the word all"},
	} {
		t.Run(name, func(t *testing.T) {
			text := shipped(t)
			line := lineWith(t, text, tc.old)
			_, err := Parse("topology.yaml", []byte(strings.Replace(text, tc.old, tc.new, 1)))
			var te *Error
			if !errors.As(err, &te) {
				t.Fatalf("got %v, want a refusal", err)
			}
			for _, p := range te.Problems {
				if strings.Contains(p.Message, tc.says) {
					if lines := strings.Count(tc.old, "\n"); p.Line > line+lines || (p.Line < line && tc.new != "") {
						t.Fatalf("blamed on line %d, want %d: %v", p.Line, line, err)
					}
					return
				}
			}
			t.Fatalf("got %v, want one that says %q", err, tc.says)
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	text := strings.NewReplacer("msp: KaifengMSP", "msp: 1", "timeout: 100ms", "timeout: x", "host: local", "host: l").Replace(shipped(t))
	_, err := Parse("topology.yaml", []byte(text))
	if err == nil || strings.Count(err.Error(), "\n") < 1 {
		t.Fatalf("got %v, want two problems", err)
	}
}

func TestBrokenYAMLNamesTheLine(t *testing.T) {
	for _, text := range []string{"", "version: 1\nname: [", "- a\n- b\n", "version: 1\n\tname: x\n"} {
		_, err := Parse("t.yaml", []byte(text))
		var te *Error
		if !errors.As(err, &te) || len(te.Problems) == 0 {
			t.Errorf("%q: got %v, want problems", text, err)
		}
	}
}

func TestAnUnknownProfileIsRefusedWithTheNamesThatThereAre(t *testing.T) {
	f, err := Parse("topology.yaml", []byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Select("country", 0); err == nil || !strings.Contains(err.Error(), "pilot, province") {
		t.Fatalf("got %v, want the profiles' names", err)
	}
}

func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("../topology.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f.yaml", data)
		if err != nil {
			return
		}
		for name := range file.Profiles {
			if _, err := file.Select(name, 0); err != nil {
				t.Fatalf("a valid file has a profile that cannot be selected: %v", err)
			}
		}
	})
}
