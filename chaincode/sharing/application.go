package sharing

import (
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Application is a department's or an enterprise's application to use a service
// (服务申请), from its submission to its end. The applicant owns it; the department
// whose service it is decides.
type Application struct {
	ServiceID   string   `json:"serviceId" zh:"服务编号"`
	ServiceDept string   `json:"serviceDept" is:"uscc" zh:"审批部门"`
	Purpose     string   `json:"purpose" is:"maxLen=256" zh:"使用目的"`
	Basis       string   `json:"basis" is:"maxLen=256" zh:"申请依据"`
	DueOn       string   `json:"dueOn" is:"date" zh:"审批期限"`
	DecidedOn   string   `json:"decidedOn,omitempty" is:"date" zh:"审批日期"`
	DecidedBy   string   `json:"decidedBy,omitempty" zh:"审批系统"`
	Reason      string   `json:"reason,omitempty" is:"maxLen=256" zh:"理由"`
	System      string   `json:"system,omitempty" zh:"开通的业务系统" doc:"The identity that calls (hnc.app)"`
	Routes      []string `json:"routes,omitempty" zh:"开通接口"`
	MaxPerDay   int      `json:"maxPerDay,omitempty" zh:"每日调用上限"`
}

// Statuses of an application.
const (
	Submitted   = "SUBMITTED"
	Late        = "OVERDUE"
	Approved    = "APPROVED"
	Rejected    = "REJECTED"
	Provisioned = "PROVISIONED"
	Revoked     = "REVOKED"
)

const applicationType = "application"

type submitApplication struct {
	ApplicationID string `json:"applicationId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"申请编号"`
	ServiceID     string `json:"serviceId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"服务编号"`
	Purpose       string `json:"purpose" is:"minLen=2,maxLen=256" zh:"使用目的"`
	Basis         string `json:"basis" is:"minLen=2,maxLen=256" zh:"申请依据"`
}

// Reads lets a batch fetch the service and the rules.
func (in *submitApplication) Reads() []string {
	return []string{ledger.Key(serviceType, in.ServiceID), ledger.RulesKey(ledger.RulesID)}
}

type applicationID struct {
	ApplicationID string `json:"applicationId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"申请编号"`
}

type decideApplication struct {
	applicationID
	Reason string `json:"reason" is:"minLen=2,maxLen=256" zh:"理由"`
}

type provisionApplication struct {
	applicationID
	System    string   `json:"system" is:"pattern=^[a-z][0-9a-z-]{1,63}$" zh:"业务系统" doc:"The identity that was made for it"`
	Routes    []string `json:"routes,omitempty" is:"maxItems=50,unique,maxLen=160" zh:"开通接口" doc:"Of the service's; all of them where none is named"`
	MaxPerDay int      `json:"maxPerDay,omitempty" is:"min=1,max=100000000" zh:"每日调用上限" doc:"No more than the service offers; that where none is named"`
}

func (b *book) defineApplications(c *ledger.Contract) {
	b.applications = ledger.Define[Application](c, catalog.Record{
		Type: applicationType, Collection: "applications", Title: "application to a service", TitleZh: "服务申请",
		Doc: "The applicant's; the department whose service it is decides within the working days that the rules give.",
		Statuses: []catalog.Status{
			{Code: Submitted, TitleZh: "待审批"}, {Code: Late, TitleZh: "逾期未审批", Doc: "The days to decide are over; it can still be decided."}, {Code: Approved, TitleZh: "已批准"}, {Code: Rejected, TitleZh: "未批准"},
			{Code: Provisioned, TitleZh: "已开通", Doc: "The gateway lets the application's system call its routes."}, {Code: Revoked, TitleZh: "已停用"},
		},
		Transitions: ledger.Table(
			ledger.Steps("SubmitApplication", Submitted, ""), ledger.Steps("ApproveApplication", Approved, Submitted), ledger.Steps("RejectApplication", Rejected, Submitted),
			ledger.Steps("ProvisionApplication", Provisioned, Approved, Provisioned), ledger.Steps("RevokeApplication", Revoked, Approved, Provisioned),
		),
		Search: append(ledger.Keywords("serviceId", "serviceDept", "system"), ledger.Dates("dueOn", "decidedOn")...),
		Lapse:  &catalog.Lapse{Field: "dueOn", From: []string{Submitted}, To: Late},
	})
}

func (b *book) submitApplication(c *ledger.Call, in *submitApplication) error {
	s, err := b.services.Load(c, in.ServiceID)
	if err != nil {
		return err
	}
	if s.Status != Published {
		return ledger.RefuseField(ServiceUnpublished, "serviceId", "the service %s is %s", s.ID, s.Status)
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	due, err := rules.deadline(c.Today())
	if err != nil {
		return err
	}
	_, err = b.applications.Create(c, in.ApplicationID, Submitted, Application{
		ServiceID: in.ServiceID, ServiceDept: s.Dept, Purpose: in.Purpose, Basis: in.Basis, DueOn: due,
	})
	return err
}

// deciding opens an application that the caller's department decides.
func (b *book) deciding(c *ledger.Call, id string) (*ledger.Entity[Application], error) {
	a, err := b.applications.OpenAny(c, id)
	if err != nil {
		return nil, err
	}
	if a.Body.ServiceDept != c.Caller().Dept {
		return nil, ledger.Refuse(NotTheProvider, "the application %s is decided by the department %s", a.ID, a.Body.ServiceDept)
	}
	return a, nil
}

// decide makes the operation that leads to a status by a decision.
func (b *book) decide(to string) func(*ledger.Call, *decideApplication) error {
	return func(c *ledger.Call, in *decideApplication) error {
		a, err := b.deciding(c, in.ApplicationID)
		if err != nil {
			return err
		}
		a.Body.DecidedOn, a.Body.DecidedBy, a.Body.Reason = c.Today(), c.Caller().App, in.Reason
		return a.Move(c, to)
	}
}

// provisionApplication names the identity that may call, and what.
func (b *book) provisionApplication(c *ledger.Call, in *provisionApplication) error {
	a, err := b.deciding(c, in.ApplicationID)
	if err != nil {
		return err
	}
	s, err := b.services.Load(c, a.Body.ServiceID)
	if err != nil {
		return err
	}
	if s.Status != Published {
		return ledger.RefuseField(ServiceUnpublished, "applicationId", "the service %s is %s", s.ID, s.Status)
	}
	routes, most := in.Routes, in.MaxPerDay
	if len(routes) == 0 {
		routes = s.Body.Routes
	}
	if most == 0 {
		most = s.Body.MaxPerDay
	}
	for _, r := range routes {
		if !slices.Contains(s.Body.Routes, r) {
			return ledger.RefuseField(RoutesInvalid, "routes", "the service %s does not offer %q", s.ID, r)
		}
	}
	if most > s.Body.MaxPerDay {
		return ledger.RefuseField(RoutesInvalid, "maxPerDay", "the service %s offers %d calls a day at most", s.ID, s.Body.MaxPerDay)
	}
	a.Body.System, a.Body.Routes, a.Body.MaxPerDay = in.System, routes, most
	return a.Move(c, Provisioned)
}
