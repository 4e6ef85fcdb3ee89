package sharing

import (
	"encoding/base64"
	"fmt"

	"henanchain/chaincode/ledger"
)

// maxPoints bounds the elements of one party in an intersection.
const maxPoints = 100_000

type putPoints struct {
	JointID string   `json:"jointId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"联合计算编号"`
	Round   int      `json:"round" is:"min=1,max=3" zh:"轮次" doc:"1: the recipient's elements, blinded by it; 2: the same, blinded by the other party too; 3: the other party's, blinded by it"`
	Chunk   int      `json:"chunk" is:"min=1" zh:"分块号" doc:"From 1, in order"`
	Last    bool     `json:"last,omitempty" zh:"末块"`
	Points  []string `json:"points" is:"minItems=1,maxItems=500,pattern=^[0-9A-Za-z_-]{43}$" zh:"盲化元素" doc:"ristretto255 (RFC 9496), base64url without padding, each greater than the one before"`
}

// putPoints brings a chunk of one round. Every round is sorted, so that the order
// of a list tells nothing of whose element is where.
func (b *book) putPoints(c *ledger.Call, in *putPoints) error {
	j, err := b.joints.OpenAny(c, in.JointID)
	if err != nil {
		return err
	}
	if j.StatusNow(c) == Lapsed {
		return ledger.Refuse(JointOver, "the computation was to be done by %s; a new one is needed", j.Body.DueOn)
	}
	if err := turn(c, j, in); err != nil {
		return err
	}
	if in.Round == 2 && in.Chunk == 1 {
		allowed, err := b.usedJointly(c, j, &j.Body.Parties[0])
		if err != nil || !allowed {
			return err
		}
	}
	rounds := &j.Body.Rounds
	if len(*rounds) < in.Round {
		*rounds = append(*rounds, Round{})
	}
	r := &(*rounds)[in.Round-1]
	if err := r.add(in); err != nil {
		return err
	}
	if in.Round == 2 && (r.Points > (*rounds)[0].Points || in.Last && r.Points != (*rounds)[0].Points) {
		return ledger.RefuseField(RoundInvalid, "points", "the second round has the first one's %d elements, no more and no less", (*rounds)[0].Points)
	}
	part := Part{JointID: j.ID, Dept: c.Caller().Dept, Round: in.Round, Points: in.Points}
	if _, err := b.parts.Create(c, fmt.Sprintf("%s.%d.%06d", j.ID, in.Round, in.Chunk), given, part); err != nil {
		return err
	}
	if in.Round == 3 && in.Last {
		return j.Move(c, Complete)
	}
	return j.Keep(c)
}

// turn refuses a message that is not the next one, or not the caller's to send.
func turn(c *ledger.Call, j *ledger.Entity[Joint], in *putPoints) error {
	sender := j.Dept
	if in.Round > 1 {
		sender = j.Body.Parties[0].Dept
	}
	rounds := j.Body.Rounds
	switch {
	case j.Body.Kind != Intersection || sender != c.Caller().Dept:
		return ledger.Refuse(PartyInvalid, "round %d of the computation %s is not the department's %s", in.Round, j.ID, c.Caller().Dept)
	case in.Round > len(rounds)+1 || in.Round > 1 && !rounds[in.Round-2].Done:
		return ledger.RefuseField(RoundInvalid, "round", "round %d comes after round %d is done", in.Round, in.Round-1)
	case in.Round <= len(rounds) && rounds[in.Round-1].Done:
		return ledger.RefuseField(RoundInvalid, "round", "round %d is done", in.Round)
	}
	next := 1
	if in.Round <= len(rounds) {
		next = rounds[in.Round-1].Chunks + 1
	}
	if in.Chunk != next {
		return ledger.RefuseField(RoundInvalid, "chunk", "the next chunk of round %d is %d", in.Round, next)
	}
	return nil
}

// add counts a chunk into a round, and holds its order.
func (r *Round) add(in *putPoints) error {
	for _, p := range in.Points {
		raw, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil || base64.RawURLEncoding.EncodeToString(raw) != p {
			return ledger.RefuseField(RoundInvalid, "points", "an element is 32 bytes in base64url")
		}
		if p <= r.Last {
			return ledger.RefuseField(RoundInvalid, "points", "each element is greater than the one before, as text: %s is not", p)
		}
		r.Last = p
	}
	r.Chunks++
	r.Points += len(in.Points)
	r.Done = in.Last
	if r.Points > maxPoints {
		return ledger.Refuse(TooMany, "a party has %d elements at most", maxPoints)
	}
	return nil
}
