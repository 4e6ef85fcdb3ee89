// Command verify-proof checks an attested view on any computer, with nothing
// of the network running. scripts/verify-proof.sh builds and calls it.
package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"henanchain/internal/proof"
)

// Exit statuses.
const (
	refused    = 1
	wrongUsage = 2
	unreadable = 3
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// settings are the flags.
type settings struct {
	anchor, pin, nonce, at, contract, function string
	args                                       []string
	maxAge                                     time.Duration
	json                                       bool
	asked                                      func(flag string) bool
}

// failed ends the program with a status; what is to be said has been said
// where err is nil.
type failed struct {
	status int
	err    error
}

func (f *failed) Error() string { return f.err.Error() }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	c := command(in, out)
	c.SetArgs(args)
	c.SetOut(out)
	c.SetErr(errs)
	err := c.Execute()
	var f *failed
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f):
		if f.err != nil {
			fmt.Fprintln(errs, "verify-proof:", f.err)
		}
		return f.status
	default:
		fmt.Fprintln(errs, "verify-proof:", err)
		return wrongUsage
	}
}

func command(in io.Reader, out io.Writer) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "verify-proof FILE --anchor FILE",
		Short: "Check a record's proof by its channel's trust anchor",
		Long: "Checks an attested view, as the gateway's …/proof paths give it, by the trust anchor of its channel, as\n" +
			"`channel.sh anchor CHANNEL` exports it: by computation alone, offline. FILE may be - for the standard input.\n\n" +
			"The anchor is what is believed, so it must come from somebody else than the proof: pin it by the digest that its\n" +
			"channel's organisations publish. Without --nonce the proof says what was true at its time, not that it is new.\n\n" +
			"Exit status: 0 the proof holds, 1 it does not, 2 wrong usage, 3 a file cannot be read.",
		Args: cobra.ExactArgs(1), SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.asked = cmd.Flags().Changed
			return verify(args[0], &s, in, out)
		},
	}
	f := c.Flags()
	f.StringVar(&s.anchor, "anchor", "", "the channel's trust anchor, JSON")
	f.StringVar(&s.pin, "pin", "", "the digest (SM3) that the anchor must have")
	f.StringVar(&s.nonce, "nonce", "", "the nonce, hexadecimal, that was given out for this proof")
	f.StringVar(&s.at, "at", "", "as of when it is checked, RFC 3339; now where it is left out")
	f.DurationVar(&s.maxAge, "max-age", 0, "how old it may be, such as 24h; 0 is any age")
	f.StringVar(&s.contract, "contract", "", "the contract that must have answered")
	f.StringVar(&s.function, "function", "", "the function that must have been asked")
	f.StringArrayVar(&s.args, "arg", nil, "an argument that it must have been asked with; all of them, in their order")
	f.BoolVar(&s.json, "json", false, "answer as JSON")
	_ = c.MarkFlagRequired("anchor") // the flag exists
	return c
}

func verify(file string, s *settings, in io.Reader, out io.Writer) error {
	raw, err := read(file, in)
	if err != nil {
		return &failed{unreadable, err}
	}
	anchorText, err := read(s.anchor, in)
	if err != nil {
		return &failed{unreadable, err}
	}
	at := time.Now()
	if s.at != "" {
		if at, err = time.Parse(time.RFC3339, s.at); err != nil {
			return fmt.Errorf("--at: %q must be a time such as 2026-03-01T02:00:00Z", s.at)
		}
	}
	r := report{}
	if err := r.check(raw, anchorText, s, at); err != nil {
		var e *proof.Error
		if !errors.As(err, &e) {
			return err
		}
		r.Code, r.Message, r.Hint = e.Code, e.Message, hints[e.Code]
	}
	if err := r.write(out, s.json); err != nil {
		return &failed{unreadable, err}
	}
	if !r.Holds {
		return &failed{status: refused}
	}
	return nil
}

func read(path string, in io.Reader) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(in, 2*proof.MaxSize))
	}
	return os.ReadFile(path)
}

// report is the answer. Its JSON form is stable.
type report struct {
	Holds   bool            `json:"holds"`
	Code    proof.Code      `json:"code,omitempty"`
	Message string          `json:"message,omitempty"`
	Hint    string          `json:"hint,omitempty"`
	Fact    *proof.Fact     `json:"fact,omitempty"` // verified where the proof holds, and only then
	Answer  json.RawMessage `json:"answer,omitempty"`
	Anchor  anchorReport    `json:"anchor"`
	policy  string
}

type anchorReport struct {
	Channel  string `json:"channel"`
	Sequence uint64 `json:"sequence"`
	Digest   string `json:"digest"`
	Pinned   bool   `json:"pinned"`
}

func (r *report) check(raw, anchorText []byte, s *settings, at time.Time) error {
	anchor, err := proof.ParseAnchor(anchorText, s.pin)
	if err != nil {
		return err
	}
	digest, err := anchor.Digest()
	if err != nil {
		return err
	}
	r.Anchor = anchorReport{anchor.Channel, anchor.Sequence, digest, s.pin != ""}
	r.policy = anchor.Policy.String()
	view, err := viewIn(raw)
	if err != nil {
		return err
	}
	said, err := view.Fact()
	if err != nil {
		return err
	}
	want, err := s.expectation(said)
	if err != nil {
		return err
	}
	fact, err := view.Verify(anchor, want, at)
	if err != nil {
		return err
	}
	r.Holds, r.Fact = true, fact
	if json.Valid(fact.Answer) {
		r.Answer = fact.Answer
	}
	return nil
}

// viewIn reads a view in its JSON form or in its compact one.
func viewIn(raw []byte) (*proof.View, error) {
	if len(raw) > 0 && raw[0] == 'H' {
		return proof.Decode(raw)
	}
	view := &proof.View{}
	if err := json.Unmarshal(raw, view); err != nil {
		var e *proof.Error
		if errors.As(err, &e) {
			return nil, e
		}
		return nil, &proof.Error{Code: proof.Malformed, Message: "the file is neither a view's JSON nor its bytes: " + err.Error()}
	}
	return view, nil
}

// expectation is what the flags ask for; the rest is as the view has it, and
// people read what that is.
func (s *settings) expectation(said *proof.Fact) (proof.Expectation, error) {
	want := proof.Expectation{Contract: said.Contract, Function: said.Function, Args: said.Args, MaxAge: s.maxAge}
	if s.asked("contract") {
		want.Contract = s.contract
	}
	if s.asked("function") {
		want.Function = s.function
	}
	if s.asked("arg") {
		want.Args = s.args
	}
	if s.nonce != "" {
		nonce, err := hex.DecodeString(s.nonce)
		if err != nil || len(nonce) == 0 {
			return want, fmt.Errorf("--nonce: %q must be hexadecimal", s.nonce)
		}
		want.Nonce = nonce
	}
	return want, nil
}
