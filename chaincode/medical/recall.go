package medical

import (
	"encoding/json"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const recallType = "recall"

// Statuses of a recall.
const (
	Open   = "OPEN"
	Closed = "CLOSED"
)

// Notice is an institution that was told of a recall.
type Notice struct {
	USCC    string `json:"uscc" is:"uscc" zh:"被通知机构"`
	At      string `json:"at" is:"timestamp" zh:"通知时间"`
	Late    bool   `json:"late,omitempty" zh:"逾期"`
	AckedAt string `json:"ackedAt,omitempty" is:"timestamp" zh:"确认时间"`
}

// Recall takes lots of a drug off the market (药品召回). From its start on nothing
// of the lots is shipped on or dispensed.
type Recall struct {
	LotIDs   []string `json:"lotIds" is:"maxLen=47,minItems=1,maxItems=50,unique" zh:"召回批次"`
	Class    string   `json:"class" is:"enum=1|2|3" zh:"召回级别" doc:"一级: serious harm; 二级: temporary harm; 三级: hardly any"`
	Ordered  bool     `json:"ordered" zh:"责令召回"`
	Reason   string   `json:"reason" is:"maxLen=512" zh:"召回原因"`
	NotifyBy string   `json:"notifyBy" is:"timestamp" zh:"通知期限" doc:"1, 3 or 7 days from the start, by class, as the setting says"`
	Notices  []Notice `json:"notices,omitempty" is:"maxItems=500" zh:"通知情况"`
	Report   string   `json:"report,omitempty" is:"maxLen=512" zh:"召回总结"`
}

type startRecallInput struct {
	RecallID string   `json:"recallId" is:"pattern=^[0-9A-Za-z-]{4,64}$" zh:"召回编号"`
	LotIDs   []string `json:"lotIds" is:"maxLen=47,minItems=1,maxItems=50,unique" zh:"召回批次"`
	Class    string   `json:"class" is:"enum=1|2|3" zh:"召回级别"`
	Reason   string   `json:"reason" is:"maxLen=512" zh:"召回原因"`
}

type notifyRecallInput struct {
	RecallID string   `json:"recallId" is:"maxLen=64" zh:"召回编号"`
	Notified []string `json:"notified" is:"uscc,minItems=1,maxItems=100,unique" zh:"被通知机构"`
}

type acknowledgeRecallInput struct {
	RecallID string `json:"recallId" is:"maxLen=64" zh:"召回编号"`
}

type closeRecallInput struct {
	RecallID string `json:"recallId" is:"maxLen=64" zh:"召回编号"`
	Report   string `json:"report" is:"maxLen=512" zh:"召回总结"`
}

func (i *startRecallInput) Reads() []string {
	keys := []string{ledger.RulesKey(recallRulesID)}
	for _, id := range i.LotIDs {
		keys = append(keys, ledger.Key(lotType, id))
	}
	return keys
}

func (b *book) defineRecall(c *ledger.Contract) {
	b.recalls = ledger.Define[Recall](c, catalog.Record{
		Type: recallType, Collection: "recalls", Title: "drug recall", TitleZh: "药品召回",
		Doc:      "Stops lots at once. Whom the holder notified when, and whether in time, is on record; query RecallProgress.",
		Statuses: []catalog.Status{{Code: Open, TitleZh: "召回中"}, {Code: Closed, TitleZh: "已完成"}},
		Transitions: ledger.Table(ledger.Steps("StartRecall", Open, ""), ledger.Stay("NotifyRecall", Open), ledger.Stay("AcknowledgeRecall", Open),
			ledger.Steps("CloseRecall", Closed, Open)),
		Search: []catalog.SearchField{{Field: "lotIds[]", Kind: "keyword"}, {Field: "class", Kind: "keyword"}, {Field: "notifyBy", Kind: "date"}},
	})
}

func (b *book) handleRecall(c *ledger.Contract) {
	who := []string{InstitutionRequired, LicenceExpired}
	ledger.Handle(c, catalog.Operation{
		Name: "StartRecall", Title: "Recall lots", TitleZh: "启动召回", Record: recallType, Creates: true, ID: "recallId", Roles: []string{RoleMAH, RoleDrugRegulator},
		Refusals: append([]string{DrugMismatch}, who...), Doc: "By the marketing authorisation holder, or ordered by the regulator.",
		Example: json.RawMessage(`{"recallId":"YZ-2026-0001","lotIds":["86900001000019.20260101"],"class":"1","reason":"溶出度不符合规定"}`),
	}, b.startRecall)
	ledger.Handle(c, catalog.Operation{
		Name: "NotifyRecall", Title: "Record who was notified of a recall", TitleZh: "召回通知", Record: recallType, Verb: "notify", ID: "recallId", Roles: []string{RoleMAH, RoleDrugRegulator},
		Refusals: append([]string{RecallNoticed, DrugMismatch}, who...), Doc: "After the deadline the notice is recorded as late.",
		Example: json.RawMessage(`{"recallId":"YZ-2026-0001","notified":["93411525MA9YTT036W"]}`),
	}, b.notifyRecall)
	ledger.Handle(c, catalog.Operation{
		Name: "AcknowledgeRecall", Title: "Acknowledge a recall's notice", TitleZh: "确认召回通知", Record: recallType, Verb: "acknowledge", ID: "recallId", Roles: traders,
		Refusals: []string{RecallUnfinished},
		Example:  json.RawMessage(`{"recallId":"YZ-2026-0001"}`),
	}, b.acknowledgeRecall)
	ledger.Handle(c, catalog.Operation{
		Name: "CloseRecall", Title: "Close a recall", TitleZh: "完成召回", Record: recallType, Verb: "close", ID: "recallId", Roles: []string{RoleDrugRegulator},
		Refusals: []string{RecallUnfinished}, Doc: "The lots stay recalled.",
		Example: json.RawMessage(`{"recallId":"YZ-2026-0001","report":"已全部收回并销毁"}`),
	}, func(c *ledger.Call, in *closeRecallInput) error {
		r, err := b.recalls.OpenAny(c, in.RecallID)
		if err != nil {
			return err
		}
		if len(r.Body.Notices) == 0 {
			return ledger.Refuse(RecallUnfinished, "nobody was notified of the recall %s yet", r.ID)
		}
		r.Body.Report = in.Report
		return r.Move(c, Closed)
	})
}

// recaller tells whether the caller may act for the lots' holder: as that
// holder, or as the regulator.
func (b *book) recaller(c *ledger.Call, lots []string) error {
	if c.Caller().Has(RoleDrugRegulator) {
		return nil
	}
	if _, err := b.member(c, MAH); err != nil {
		return err
	}
	for _, id := range lots {
		lot, err := b.lots.Load(c, id)
		if err != nil {
			return err
		}
		if lot.Body.MAH != c.Caller().Dept {
			return ledger.Refuse(DrugMismatch, "the lot %s is of the marketing authorisation holder %s", id, lot.Body.MAH)
		}
	}
	return nil
}

func (b *book) startRecall(c *ledger.Call, in *startRecallInput) error {
	if err := b.recaller(c, in.LotIDs); err != nil {
		return err
	}
	rules, err := b.recallRules(c)
	if err != nil {
		return err
	}
	days := map[string]int64{"1": rules.Class1Days, "2": rules.Class2Days, "3": rules.Class3Days}[in.Class]
	for _, id := range in.LotIDs {
		lot, err := b.lots.Load(c, id)
		if err != nil {
			return err
		}
		lot.Body.RecallID, lot.Body.RecallClass = in.RecallID, in.Class
		if err := lot.Move(c, Recalled); err != nil {
			return err
		}
	}
	_, err = b.recalls.Create(c, in.RecallID, Open, Recall{
		LotIDs: in.LotIDs, Class: in.Class, Ordered: c.Caller().Has(RoleDrugRegulator), Reason: in.Reason, NotifyBy: after(c, time.Duration(days)*24*time.Hour),
	})
	return err
}

func (b *book) notifyRecall(c *ledger.Call, in *notifyRecallInput) error {
	r, err := b.recalls.OpenAny(c, in.RecallID)
	if err != nil {
		return err
	}
	if err := b.recaller(c, r.Body.LotIDs); err != nil {
		return err
	}
	for _, uscc := range in.Notified {
		if r.Body.notice(uscc) != nil {
			return ledger.RefuseField(RecallNoticed, "notified", "%s was notified of the recall %s already", uscc, r.ID)
		}
		r.Body.Notices = append(r.Body.Notices, Notice{USCC: uscc, At: c.Timestamp(), Late: c.Timestamp() > r.Body.NotifyBy})
	}
	if len(r.Body.Notices) > maxNotices {
		return ledger.RefuseField(ledger.InputInvalid, "notified", "a recall notifies at most %d institutions: start another for the rest", maxNotices)
	}
	return r.Keep(c)
}

func (r *Recall) notice(uscc string) *Notice {
	for n := range r.Notices {
		if r.Notices[n].USCC == uscc {
			return &r.Notices[n]
		}
	}
	return nil
}

func (b *book) acknowledgeRecall(c *ledger.Call, in *acknowledgeRecallInput) error {
	r, err := b.recalls.OpenAny(c, in.RecallID)
	if err != nil {
		return err
	}
	n := r.Body.notice(c.Caller().Dept)
	if n == nil {
		return ledger.Refuse(RecallUnfinished, "the department %s was not notified of the recall %s", c.Caller().Dept, r.ID)
	}
	if n.AckedAt == "" {
		n.AckedAt = c.Timestamp()
	}
	return r.Keep(c)
}

type progressInput struct {
	RecallID string `json:"recallId" is:"maxLen=64" zh:"召回编号"`
}

type progress struct {
	RecallID     string   `json:"recallId" zh:"召回编号"`
	Status       string   `json:"status" zh:"状态"`
	Class        string   `json:"class" zh:"召回级别"`
	LotIDs       []string `json:"lotIds" zh:"召回批次"`
	NotifyBy     string   `json:"notifyBy" is:"timestamp" zh:"通知期限"`
	DeadlinePast bool     `json:"deadlinePast" zh:"期限已过"`
	Overdue      bool     `json:"overdue" zh:"逾期未通知" doc:"The deadline has passed and nobody was notified"`
	Notified     int64    `json:"notified" zh:"已通知机构数"`
	Late         int64    `json:"late" zh:"逾期通知数"`
	Acknowledged int64    `json:"acknowledged" zh:"已确认数"`
}

func (b *book) answerRecall(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "RecallProgress", Title: "How far a recall has come", TitleZh: "召回进度", Path: "recall-progress", Roles: []string{ledger.AnyRole},
		Example: json.RawMessage(`{"recallId":"YZ-2026-0001"}`),
	}, func(c *ledger.Call, in *progressInput) (*progress, error) {
		r, err := b.recalls.Load(c, in.RecallID)
		if err != nil {
			return nil, err
		}
		p := &progress{RecallID: r.ID, Status: r.Status, Class: r.Body.Class, LotIDs: r.Body.LotIDs, NotifyBy: r.Body.NotifyBy, DeadlinePast: c.Timestamp() > r.Body.NotifyBy, Notified: int64(len(r.Body.Notices))}
		p.Overdue = p.DeadlinePast && p.Notified == 0
		for _, n := range r.Body.Notices {
			if n.Late {
				p.Late++
			}
			if n.AckedAt != "" {
				p.Acknowledged++
			}
		}
		return p, nil
	})
}
