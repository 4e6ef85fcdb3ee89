package realestate

import (
	"reflect"

	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
)

// Seizure is a court's seizure of a unit (查封). Its id is derived from the
// document and the unit. Only the first in a unit's queue is in force; the
// others wait (轮候), with no period running, and move up when those before
// them are released or lapse.
type Seizure struct {
	UnitCode    string   `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	Type        string   `json:"type" is:"enum=1|2|3|4|5" zh:"查封类型" doc:"1 seizure 查封, 2 waiting 轮候, 3 preliminary 预查封, 4 preliminary waiting 轮候预查封, 5 renewed 续封"`
	Preliminary bool     `json:"preliminary,omitempty" zh:"预查封" doc:"Of a unit that is not yet in the debtor's name"`
	DocNo       string   `json:"docNo" is:"case-number" zh:"查封文号"`
	CourtName   string   `json:"courtName" is:"maxLen=64" zh:"查封机关"`
	From        string   `json:"from,omitempty" is:"date" zh:"查封起" doc:"Empty while it waits"`
	To          string   `json:"to,omitempty" is:"date" zh:"查封止" doc:"Its last day; empty while it waits"`
	Months      int      `json:"months" zh:"查封期限（月）" doc:"How long it holds from the day it comes into force"`
	Order       int      `json:"order" zh:"顺位" doc:"Its place in the queue as of the queue's last change; 0 once it has ended"`
	Renewals    []string `json:"renewals,omitempty" is:"case-number" zh:"续封文号"`
	ReleaseNo   string   `json:"releaseNo,omitempty" is:"case-number" zh:"解封文号"`
}

// Statuses of a seizure.
const (
	SeizureActive   = "ACTIVE"
	SeizureQueued   = "WAITING"
	SeizureReleased = "RELEASED"
	SeizureEnded    = Lapsed
)

const seizureType = "seizure"

type seize struct {
	UnitCode    string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	DocNo       string `json:"docNo" is:"case-number" zh:"查封文号" eg:"（2026）豫0105执123号"`
	CourtName   string `json:"courtName" is:"maxLen=64" zh:"查封机关"`
	Preliminary bool   `json:"preliminary,omitempty" zh:"预查封" doc:"Of a unit that is not yet in the debtor's name"`
	Months      int    `json:"months" is:"min=1,max=120" zh:"查封期限（月）"`
}

// Reads lets a batch fetch the unit with everything else.
func (in *seize) Reads() []string {
	return []string{ledger.Key(unitType, in.UnitCode), ledger.Key(seizureType, SeizureID(in.DocNo, in.UnitCode)), ledger.RulesKey(ledger.RulesID)}
}

type renewSeizure struct {
	SeizureID string `json:"seizureId" is:"pattern=^[0-9a-f]{32}$" zh:"查封编号"`
	DocNo     string `json:"docNo" is:"case-number" zh:"续封文号"`
	Months    int    `json:"months" is:"min=1,max=120" zh:"续封期限（月）"`
}

type releaseSeizure struct {
	SeizureID string `json:"seizureId" is:"pattern=^[0-9a-f]{32}$" zh:"查封编号"`
	DocNo     string `json:"docNo" is:"case-number" zh:"解封文号"`
}

// SeizureID derives a seizure's id from its document and its unit: the same
// document cannot seize the same unit twice.
func SeizureID(docNo, unitCode string) string {
	return gm.HexDigest([]byte(docNo + "/" + unitCode))[:32]
}

// queued is one seizure as it stands today.
type queued struct {
	e        *ledger.Entity[Seizure]
	stored   Seizure // as it was read
	now      string  // status as of today
	from, to string
}

// queue works out how a unit's seizures stand today. A seizure whose period is
// over has lapsed (人民法院 must renew before), and the next in the queue is in
// force from the day after, for its own period, which may be over as well.
func (b *book) queue(c *ledger.Call, u *ledger.Entity[Unit]) ([]*queued, error) {
	entities, err := b.seizures.LoadAll(c, u.Body.Seizures)
	if err != nil {
		return nil, err
	}
	today, start := c.Today(), ""
	var all []*queued
	free := true // whether the next one is in force
	for _, e := range entities {
		q := &queued{e: e, stored: e.Body, now: SeizureQueued}
		all = append(all, q)
		if !free {
			continue
		}
		q.from, q.to = e.Body.From, e.Body.To
		if e.Status == SeizureQueued {
			if q.from, q.to, err = period(start, e.Body.Months); err != nil {
				return nil, err
			}
		}
		q.now, free = SeizureActive, false
		if q.to < today {
			q.now, free = SeizureEnded, true
			if start, err = ledger.AddDays(q.to, 1); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// period is a seizure's first and last day.
func period(from string, months int) (first, last string, err error) {
	end, err := ledger.AddMonths(from, months)
	if err != nil {
		return "", "", err
	}
	last, err = ledger.AddDays(end, -1)
	return from, last, err
}

// settle writes down how the queue stands, for an operation that changes it:
// each seizure's status, period and place. except is written by the caller.
func (b *book) settle(c *ledger.Call, u *ledger.Entity[Unit], queue []*queued, except string) error {
	u.Body.Seizures = nil
	for _, q := range queue {
		order := 0
		if q.now == SeizureActive || q.now == SeizureQueued {
			u.Body.Seizures = append(u.Body.Seizures, q.e.ID)
			order = len(u.Body.Seizures)
		}
		q.e.Body.Order = order
		if q.now != SeizureQueued {
			q.e.Body.From, q.e.Body.To = q.from, q.to
		}
		if q.now != SeizureReleased {
			q.e.Body.Type = q.e.Body.code(q.now)
		}
		if q.e.ID == except || q.e.Status == q.now && reflect.DeepEqual(q.e.Body, q.stored) {
			continue
		}
		if err := q.e.Move(c, q.now); err != nil {
			return err
		}
	}
	return nil
}

// code is the type (查封类型) that a seizure has in a status.
func (s *Seizure) code(status string) string {
	waiting := status == SeizureQueued
	switch {
	case len(s.Renewals) > 0:
		return SeizureRenewed
	case s.Preliminary && waiting:
		return SeizurePreliminaryInQueue
	case s.Preliminary:
		return SeizurePreliminary
	case waiting:
		return SeizureInQueue
	}
	return SeizureInForce
}

func (b *book) seize(c *ledger.Call, in *seize) error {
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	if in.Months > rules.SeizureMaxMonths {
		return ledger.RefuseField(PeriodInvalid, "months", "a seizure holds for at most %d months, not %d; it can be renewed", rules.SeizureMaxMonths, in.Months)
	}
	u, err := b.unit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if u.Body.RightID == "" && !in.Preliminary {
		return ledger.RefuseField(UnitUnowned, "preliminary", "the unit has no right in force: it can be seized preliminarily (预查封)")
	}
	queue, err := b.queue(c, u)
	if err != nil {
		return err
	}
	if err := b.settle(c, u, queue, ""); err != nil {
		return err
	}
	body := Seizure{UnitCode: in.UnitCode, Preliminary: in.Preliminary, DocNo: in.DocNo, CourtName: in.CourtName, Months: in.Months}
	status := SeizureQueued
	if len(u.Body.Seizures) == 0 {
		status = SeizureActive
		if body.From, body.To, err = period(c.Today(), in.Months); err != nil {
			return err
		}
	}
	id := SeizureID(in.DocNo, in.UnitCode)
	if err := ledger.Enter(&u.Body.Seizures, maxEntries, seizureType, id); err != nil {
		return err
	}
	body.Order, body.Type = len(u.Body.Seizures), body.code(status)
	if _, err := b.seizures.Create(c, id, status, body); err != nil {
		return err
	}
	return u.Keep(c)
}

// ownSeizure opens a seizure for the court that made it, with its queue.
func (b *book) ownSeizure(c *ledger.Call, id string) (*queued, []*queued, *ledger.Entity[Unit], error) {
	e, err := b.seizures.Open(c, id)
	if err != nil {
		return nil, nil, nil, err
	}
	u, err := b.unit(c, e.Body.UnitCode)
	if err != nil {
		return nil, nil, nil, err
	}
	queue, err := b.queue(c, u)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, q := range queue {
		if q.e.ID == id {
			return q, queue, u, nil
		}
	}
	return nil, nil, nil, ledger.Refuse(SeizureLapsed, "the seizure %s is not in the queue of %s any more", e.Body.DocNo, u.ID)
}

func (b *book) renewSeizure(c *ledger.Call, in *renewSeizure) error {
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	if in.Months > rules.SeizureMaxMonths {
		return ledger.RefuseField(PeriodInvalid, "months", "a renewal holds for at most %d months, not %d", rules.SeizureMaxMonths, in.Months)
	}
	q, queue, u, err := b.ownSeizure(c, in.SeizureID)
	if err != nil {
		return err
	}
	switch q.now {
	case SeizureEnded:
		return ledger.Refuse(SeizureLapsed, "the seizure %s ended on %s; a new one takes its place at the end of the queue", q.e.Body.DocNo, q.to)
	case SeizureQueued:
		return ledger.Refuse(SeizureWaiting, "the seizure %s waits: no period runs that could be renewed", q.e.Body.DocNo)
	}
	from, err := ledger.AddDays(q.to, 1)
	if err != nil {
		return err
	}
	// A renewal runs from the end of the period before, so that none is lost.
	if _, q.to, err = period(from, in.Months); err != nil {
		return err
	}
	q.e.Body.Renewals = append(q.e.Body.Renewals, in.DocNo)
	if len(q.e.Body.Renewals) > maxEntries {
		return ledger.Refuse(TooMany, "a seizure is renewed at most %d times", maxEntries)
	}
	if err := b.settle(c, u, queue, q.e.ID); err != nil {
		return err
	}
	if err := u.Keep(c); err != nil {
		return err
	}
	return q.e.Move(c, SeizureActive)
}

func (b *book) releaseSeizure(c *ledger.Call, in *releaseSeizure) error {
	q, queue, u, err := b.ownSeizure(c, in.SeizureID)
	if err != nil {
		return err
	}
	if q.now == SeizureEnded {
		return ledger.Refuse(SeizureLapsed, "the seizure %s ended by itself on %s: there is nothing to release", q.e.Body.DocNo, q.to)
	}
	first := q.now == SeizureActive
	q.now = SeizureReleased
	if first {
		if err := promote(c, queue); err != nil {
			return err
		}
	}
	if err := b.settle(c, u, queue, q.e.ID); err != nil {
		return err
	}
	if err := u.Keep(c); err != nil {
		return err
	}
	q.e.Body.ReleaseNo = in.DocNo
	return q.e.Move(c, SeizureReleased)
}

// promote puts the first that waits into force, from today.
func promote(c *ledger.Call, queue []*queued) error {
	for _, q := range queue {
		if q.now != SeizureQueued {
			continue
		}
		var err error
		q.now = SeizureActive
		q.from, q.to, err = period(c.Today(), q.e.Body.Months)
		return err
	}
	return nil
}

// confirmSeizures makes preliminary seizures formal ones when the unit's first
// registration comes (预查封 turns into 查封).
func (b *book) confirmSeizures(c *ledger.Call, u *ledger.Entity[Unit]) error {
	queue, err := b.queue(c, u)
	if err != nil {
		return err
	}
	for _, q := range queue {
		q.e.Body.Preliminary = false
	}
	return b.settle(c, u, queue, "")
}
