package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestAnErrorNamesStepContractChannelOrganisationAndPeer(t *testing.T) {
	err := &Error{Step: StepInstall, Contract: "evidence", Channel: "zhengzhou", Organisation: "ZhengzhouMSP", Peer: "peer0.zhengzhou", cause: status.Error(codes.Unavailable, "connection refused")}
	want := "install evidence on zhengzhou for ZhengzhouMSP at peer0.zhengzhou: the node does not answer (connection refused)"
	if err.Error() != want {
		t.Fatalf("got %q, want %q", err, want)
	}
}

func TestOnlyWhatMayPassIsTriedAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		passes bool
	}{
		"node away":            {status.Error(codes.Unavailable, ""), true},
		"wrapped":              {fmt.Errorf("wait: %w", status.Error(codes.Unavailable, "")), true},
		"overtaken reader":     {&invalid{"MVCC_READ_CONFLICT"}, true},
		"ordered twice":        {&invalid{"DUPLICATE_TXID"}, true},
		"no answer in time":    {status.Error(codes.DeadlineExceeded, ""), true},
		"bad endorsement":      {&invalid{"ENDORSEMENT_POLICY_FAILURE"}, false},
		"peer behind":          {&refused{500, "requested sequence is 3, but new definition must be sequence 2"}, true},
		"access denied":        {&refused{403, "access denied"}, false},
		"permission":           {status.Error(codes.PermissionDenied, ""), false},
		"interrupted":          {context.Canceled, false},
		"anything else at all": {errors.New("x"), false},
		"nothing":              {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			if tc.err != nil {
				err = &Error{Step: StepCommit, cause: tc.err}
			}
			if got := passing(err); got != tc.passes {
				t.Fatalf("passing(%v) is %t, want %t", err, got, tc.passes)
			}
		})
	}
}

func TestAnEventReadsAsASentence(t *testing.T) {
	e := Event{Step: StepApprove, Channel: "zhengzhou", Organisation: "HenanMSP", Sequence: 2, Already: true}
	if want := "approve zhengzhou HenanMSP sequence 2 (was done)"; e.String() != want {
		t.Fatalf("got %q, want %q", e, want)
	}
	if strings.Contains(Event{Step: StepCommit, Channel: "henan"}.String(), "sequence") {
		t.Fatal("an event without a sequence names one")
	}
}
