package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"henanchain/internal/operation"
	"henanchain/internal/proof"
)

// hints say what a person can do about a refusal.
var hints = map[proof.Code]string{
	proof.EndorserUnknown:    "The anchor may be of an earlier configuration than the proof: export it anew and compare its digest with the published one.",
	proof.CertificateInvalid: "Either the signer is an impostor, or the organisation has a new root since the anchor was exported: export it anew and compare its digest with the published one.",
	proof.CertificateRevoked: "The organisation has revoked the certificate; what it signed is believed no more. Ask for a new proof.",
	proof.CertificateExpired: "The certificate was not valid when the proof was made. Ask for a new proof.",
	proof.PolicyUnsatisfied:  "Too few organisations signed. Ask for a proof that all of the policy's have signed.",
	proof.ChannelMismatch:    "The anchor is another channel's, or the proof is.",
	proof.AnchorMismatch:     "The anchor is not the published one: it was superseded by a newer configuration, or it was tampered with.",
	proof.NonceMismatch:      "The proof was made for another question, at another time.",
	proof.Stale:              "Ask for a new proof.",
}

func (r *report) write(out io.Writer, asJSON bool) error {
	if asJSON {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", text)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	if !r.Holds {
		fmt.Fprintf(w, "The proof does NOT hold.\n  code\t%s\n  because\t%s\n", r.Code, r.Message)
		if r.Hint != "" {
			fmt.Fprintf(w, "  hint\t%s\n", r.Hint)
		}
		r.writeAnchor(w)
		return w.Flush()
	}
	f := r.Fact
	fmt.Fprintf(w, "The proof holds.\n")
	fmt.Fprintf(w, "  channel\t%s\n  asked\t%s of %s, version %s\n  arguments\t%s\n", f.Channel, f.Function, f.Contract, f.Version, strings.Join(f.Args, ", "))
	fmt.Fprintf(w, "  when\t%s, by an application of %s\n  nonce\t%s\n  transaction\t%s\n", f.Time.UTC().Format(time.RFC3339), f.Asker, f.Nonce, f.TxID)
	fmt.Fprintf(w, "  signed by\t%s; the policy is %s\n", strings.Join(f.Endorsers, ", "), r.policy)
	r.writeAnchor(w)
	r.writeAnswer(w)
	return w.Flush()
}

func (r *report) writeAnchor(w io.Writer) {
	if r.Anchor.Digest == "" {
		return
	}
	pinned := "NOT pinned: compare the digest with the one that the organisations publish"
	if r.Anchor.Pinned {
		pinned = "as pinned"
	}
	fmt.Fprintf(w, "  anchor\t%s, configuration %d, %s\n  \t%s\n", r.Anchor.Channel, r.Anchor.Sequence, pinned, r.Anchor.Digest)
}

// writeAnswer shows a record with its digest, computed again; any other answer
// as it is.
func (r *report) writeAnswer(w io.Writer) {
	record, err := operation.DecodeRecord(r.Fact.Answer)
	if err != nil || record.Type == "" || record.Digest == "" {
		fmt.Fprintf(w, "  answer\t%s\n", r.Fact.Answer)
		return
	}
	same := "computed again: the same"
	if digest, err := record.ComputeDigest(); err != nil || digest != record.Digest {
		same = "computed again: ANOTHER ONE"
	}
	fmt.Fprintf(w, "  record\t%s %s, version %d, %s\n  owner\t%s, department %s\n  changed\t%s\n  digest\t%s (%s)\n  body\t%s\n",
		record.Type, record.ID, record.Version, record.Status, record.Org, record.Dept, record.Time, record.Digest, same, record.Body)
}
