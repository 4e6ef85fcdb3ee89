package channelconfig

import (
	"testing"

	"henanchain/network/genesis"
)

func TestARuleThatNamesManyMembersIsToldInWords(t *testing.T) {
	const readers = "/Channel/Application/Readers"
	three, four := []string{"AMSP", "BMSP", "CMSP"}, []string{"AMSP", "BMSP", "CMSP", "DMSP"}
	for _, c := range []struct {
		name, path, rule, want string
		members                []string
	}{
		{"of many", readers, genesis.Callers(four)["Readers"], "whoever is one of the members", four},
		{"not of few", readers, genesis.Callers(three)["Readers"], "OR('AMSP.member', 'BMSP.member', 'CMSP.member')", three},
		{"not where one is left out", readers, genesis.Callers(three)["Readers"], "OR('AMSP.member', 'BMSP.member', 'CMSP.member')", four},
		{"not of another policy", "/Channel/Readers", "ANY Readers", "ANY Readers", four},
	} {
		s := Settings{Members: c.members, Policies: PolicyList{c.path: c.rule}}
		if got := s.inWords(c.path); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
