// Package journey does over REST what the business systems of a city do in a
// day's first five minutes: deposit evidence of files, issue an e-licence, read
// both back, verify a true document and a tampered one. The quickstart shows
// it to a newcomer; the end-to-end tests hold it to its word.
package journey

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
)

//go:embed samples
var samples embed.FS

// City is where the journey happens.
const City = "zhengzhou"

// Systems are the business systems of the journey, as topology.yaml names them.
const (
	Notary = "zhengzhou-notary"   // deposits evidence
	Issuer = "zhengzhou-elicense" // issues licences
	Clerk  = "zhengzhou-notary"   // verifies

)

// Step is one thing that was done and where on the ledger it stands.
type Step struct {
	What    string
	Subject string
	ID      string
	Status  string
	TxID    string
	Block   string
	Digest  string
	Note    string
}

// Options say where the gateway is and who calls it.
type Options struct {
	Client func(system string) (*client.Client, error)
	// IssuerDept is the USCC of the licence-issuing department.
	IssuerDept string
	// Now stamps the licence's serial number, so that each run issues a new one.
	Now time.Time
	// Done, where it is not nil, is told of each step.
	Done func(Step)
}

// Run does the whole journey and stops at the first step that falls short.
func Run(ctx context.Context, o Options) ([]Step, error) {
	j := &journey{Options: o}
	for _, step := range []func(context.Context) error{j.depositAll, j.issue, j.readBack, j.verifyTrue, j.verifyTampered} {
		if err := step(ctx); err != nil {
			return j.steps, err
		}
	}
	return j.steps, nil
}

type journey struct {
	Options
	steps    []Step
	evidence []deposited
	licence  *client.Acknowledgement
	file     []byte // the licence document
}

type deposited struct {
	name string
	data []byte
	ack  *client.Acknowledgement
}

func (j *journey) done(s Step) {
	j.steps = append(j.steps, s)
	if j.Done != nil {
		j.Done(s)
	}
}

func (j *journey) depositAll(ctx context.Context) error {
	notary, err := j.Client(Notary)
	if err != nil {
		return err
	}
	files, err := samples.ReadDir("samples")
	if err != nil {
		return fmt.Errorf("read the sample files: %w", err)
	}
	for _, f := range files {
		data, err := fs.ReadFile(samples, path.Join("samples", f.Name()))
		if err != nil {
			return fmt.Errorf("read the sample file %s: %w", f.Name(), err)
		}
		input := Evidence(f.Name(), gm.HexDigest(data))
		input["size"], input["sourceType"] = len(data), "业务系统导出"
		ack, err := notary.Create(ctx, City, "evidence", "evidences", input)
		if err != nil {
			return fmt.Errorf("deposit the evidence %s: %w", f.Name(), err)
		}
		j.evidence = append(j.evidence, deposited{f.Name(), data, ack})
		j.done(written("deposit evidence", f.Name(), ack))
	}
	return nil
}

func (j *journey) issue(ctx context.Context) error {
	issuer, err := j.Client(Issuer)
	if err != nil {
		return err
	}
	serial := j.Now.UTC().Format("20060102150405")
	j.file = []byte("电子证照 " + serial + "\n持证主体：示例（演示数据）\n")
	input, err := Licence(j.IssuerDept, serial, gm.HexDigest(j.file))
	if err != nil {
		return err
	}
	today := j.Now.In(time.FixedZone("UTC+8", 8*60*60)).Format("20060102")
	input["issueDate"], input["validFrom"] = today, today
	if j.licence, err = issuer.Create(ctx, City, "elicense", "licences", input); err != nil {
		return fmt.Errorf("issue the licence %s: %w", input["certId"], err)
	}
	j.done(written("issue e-licence", "不动产权证书", j.licence))
	return nil
}

func (j *journey) readBack(ctx context.Context) error {
	issuer, err := j.Client(Issuer)
	if err != nil {
		return err
	}
	notary, err := j.Client(Notary)
	if err != nil {
		return err
	}
	first := j.evidence[0]
	for _, r := range []struct {
		c                   *client.Client
		ledger, coll, title string
		ack                 *client.Acknowledgement
	}{
		{notary, "evidence", "evidences", first.name, first.ack},
		{issuer, "elicense", "licences", "不动产权证书", j.licence},
	} {
		record, err := r.c.Get(ctx, City, r.ledger, r.coll, r.ack.ID)
		if err != nil {
			return fmt.Errorf("read %s back: %w", r.title, err)
		}
		digest, err := record.ComputeDigest()
		if err != nil {
			return err
		}
		if digest != record.Digest || digest != r.ack.Digest {
			return fmt.Errorf("read %s back: the record's digest is %s, its receipt says %s", r.title, digest, r.ack.Digest)
		}
		j.done(Step{What: "read back", Subject: r.title, ID: record.ID, Status: record.Status, Digest: digest, Note: "digest recomputed, the same"})
	}
	return nil
}

func (j *journey) verifyTrue(ctx context.Context) error {
	return j.verify(ctx, "verify true document", j.evidence[0].data, true)
}

func (j *journey) verifyTampered(ctx context.Context) error {
	tampered := []byte(strings.Replace(string(j.evidence[0].data), "0", "9", 1))
	if string(tampered) == string(j.evidence[0].data) {
		return errors.New("the sample file has nothing to tamper with")
	}
	return j.verify(ctx, "verify tampered document", tampered, false)
}

func (j *journey) verify(ctx context.Context, what string, document []byte, want bool) error {
	clerk, err := j.Client(Clerk)
	if err != nil {
		return err
	}
	e := j.evidence[0]
	verdict, err := clerk.Verify(ctx, City, "evidence", "evidences", map[string]any{"id": e.ack.ID, "fileHash": gm.HexDigest(document)})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if verdict.Match != want {
		return fmt.Errorf("%s: the ledger says match=%v (%s)", what, verdict.Match, verdict.Reason)
	}
	answer := "MATCH"
	if !verdict.Match {
		answer = "NO MATCH"
	}
	j.done(Step{What: what, Subject: e.name, ID: e.ack.ID, Status: answer, Digest: gm.HexDigest(document), Note: verdict.Reason})
	return nil
}

func written(what, subject string, a *client.Acknowledgement) Step {
	s := Step{What: what, Subject: subject, ID: a.ID, Status: a.Status, Digest: a.Digest}
	if a.Receipt != nil {
		s.TxID, s.Block = a.Receipt.TxID, fmt.Sprint(a.Receipt.Block)
	}
	if a.Existing {
		s.Note = "was on the ledger already"
	}
	return s
}
