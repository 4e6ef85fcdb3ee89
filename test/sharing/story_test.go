//go:build e2e

package sharing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// What the story is about: items of this run, and somebody who does not exist.
var (
	houses  = "306101/" + run // private and personal
	letters = "306102/" + run // encrypted
	places  = "306103/" + run // plain, for everybody
)

const (
	citizen = "410105190001010010"
	purpose = "购房资格核验"
)

var person = fields{"type": "111", "number": citizen}

// What must never stand in a block or a log.
const (
	secretUnits = "7391842650"
	secretUsage = "独栋样本乙三七"
	secretText  = "金水区某小区三号楼登记明细样本，抵押余额柒佰叁拾玖万"
)

// The story in its order; each chapter builds on those before it.
func TestDataAreSharedUnderGrantsAndEveryUseIsOnRecord(t *testing.T) {
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"a catalogue is imported", importCatalogue},
		{"a service is applied for, provisioned and revoked", provisionService},
		{"a citizen consents and asks who used the data", grantAndUse},
		{"private data are asked, and answered with yes or no", askPredicates},
		{"encrypted data are shared with two, and one is revoked", shareEncrypted},
		{"three departments add up numbers that nobody sees", addUp},
		{"two departments count whom they have in common", intersect},
		{"a result is traced to its origins across channels", trace},
		{"a code is resolved and drawn", resolveCodes},
		{"no block and no log tells what is private", readEverything},
	} {
		if !t.Run(chapter.name, chapter.tell) {
			t.FailNow()
		}
	}
}

func catalogueFile() string {
	return "目录代码,数据资源名称,摘要,数据项,共享类型,共享条件,依据,安全级别,含个人信息,更新周期,上链方式,更新日期\n" +
		houses + ",不动产登记信息,名下不动产,units 名下不动产数 整数；usage 用途 文本,有条件共享,用于交易核验,不动产登记暂行条例,敏感,是,每月,私密,2026-03-01\n" +
		letters + ",不动产登记明细,,detail 明细 文本,有条件共享,用于风险评估,不动产登记暂行条例,重要,否,每年,加密,2026/1/5\n" +
		places + ",行政区划名称,全市行政区划,code 代码 文本,无条件共享,,地名管理条例,一般,否,不定期,明文,2026年1月1日\n"
}

func importCatalogue(t *testing.T) {
	registry, path := as(t, "zhengzhou-registry"), "/v1/zhengzhou/sharing/items:import"
	bad := strings.Replace(strings.Replace(catalogueFile(), "有条件共享,用于风险评估", "看情况,用于风险评估", 1), "敏感,是,每月,私密", "敏感,是,每月,明文", 1)
	status, body := registry.call("POST", path, "text/csv", []byte(bad))
	if status != 422 || !strings.Contains(string(body), "line 3, 共享类型") {
		t.Fatalf("a wrong file is answered with %d %s", status, body)
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(catalogueFile())
	if err != nil {
		t.Fatal(err)
	}
	if status, body := as(t, "zhengzhou-bank").call("POST", path, "text/csv", []byte(gbk)); status != 403 {
		t.Errorf("who provides nothing imported a catalogue: %d %s", status, body)
	}
	status, body = registry.call("POST", path, "text/csv; charset=gbk", []byte(gbk))
	var answer struct{ Succeeded, Refused int }
	if err := json.Unmarshal(body, &answer); err != nil || status != 200 || answer.Succeeded != 3 || answer.Refused != 0 {
		t.Fatalf("the catalogue is answered with %d %s", status, body)
	}
	// A wrong mode is the contract's to refuse, row by row.
	wrongMode := strings.NewReplacer("敏感,是,每月,私密", "敏感,是,每月,明文").Replace(catalogueFile())
	if status, body := registry.call("POST", path, "text/csv", []byte(wrongMode)); status != 200 || !strings.Contains(string(body), "MODE_FORBIDDEN") {
		t.Errorf("personal data in the clear are answered with %d %s", status, body)
	}
	status, body = registry.call("GET", "/v1/zhengzhou/sharing/items?security=IMPORTANT&security=SENSITIVE&name="+escape("不动产"), "", nil)
	if status != 200 || !strings.Contains(string(body), houses) || !strings.Contains(string(body), letters) || strings.Contains(string(body), places) {
		t.Errorf("the list of important and sensitive data is %d %s", status, body)
	}
	if status, body = registry.call("GET", "/v1/zhengzhou/sharing/items?status=OVERDUE", "", nil); status != 200 || !strings.Contains(string(body), houses) {
		t.Errorf("the list of what is overdue is %d %s", status, body)
	}
}

func provisionService(t *testing.T) {
	registry, bank, consumer := as(t, "zhengzhou-registry"), as(t, "zhengzhou-bank"), as(t, "zhengzhou-consumer")
	list, one := "GET /v1/{city}/sharing/items", "GET /v1/{city}/sharing/items/{id}"
	listed := func() (int, string) {
		t.Helper()
		status, body := consumer.call("GET", "/v1/zhengzhou/sharing/items?limit=1", "", nil)
		return status, string(body)
	}
	if status, body := listed(); status != 403 || !strings.Contains(body, "SERVICE_NOT_PROVISIONED") {
		t.Fatalf("before its application the consumer is answered with %d %s", status, body)
	}
	id := "FW" + run
	registry.make("services", fields{"serviceId": id, "name": "目录查询服务", "items": []string{places}, "routes": []string{list, one}, "maxPerDay": 1000})
	apply := func(n string, most int) string {
		t.Helper()
		app := "A" + n + run
		bank.make("applications", fields{"applicationId": app, "serviceId": id, "purpose": "贷款审核", "basis": "共享条例"})
		registry.do("applications", app, "approve", fields{"reason": "符合条件"})
		registry.do("applications", app, "provision", fields{"system": "zhengzhou-consumer", "routes": []string{list}, "maxPerDay": most})
		return app
	}
	_, err := bank.Do(t.Context(), city, ledger, "applications", "none", "approve", fields{"reason": "自批"})
	refused(t, "ROLE_REQUIRED", err)
	first := apply("1", 3)
	for range 2 {
		if status, body := listed(); status != 200 {
			t.Fatalf("provisioned, the consumer is answered with %d %s", status, body)
		}
	}
	if status, body := consumer.call("GET", "/v1/zhengzhou/sharing/items/"+escape(places), "", nil); status != 403 {
		t.Errorf("a route that was not provisioned is answered with %d %s", status, body)
	}
	if status, body := consumer.call("GET", "/v1/zhengzhou/evidence/evidences", "", nil); status != 403 {
		t.Errorf("another ledger is answered with %d %s", status, body)
	}
	listed()
	if status, body := listed(); status != 429 || !strings.Contains(body, "QUOTA_EXCEEDED") {
		t.Errorf("the fourth of three calls a day is answered with %d %s", status, body)
	}
	second := apply("2", 100)
	registry.do("applications", first, "revoke", fields{"reason": "换用新申请"})
	if status, body := listed(); status != 200 {
		t.Errorf("the second application is answered with %d %s", status, body)
	}
	registry.do("applications", second, "revoke", fields{"reason": "超范围使用"})
	if status, body := listed(); status != 403 {
		t.Errorf("revoked, the very next call is answered with %d %s", status, body)
	}
}

// allow gives a department the right and the provider's grant to use an item.
func (s *system) allow(code, grant string, to *system, why string, uses int) {
	s.t.Helper()
	s.make("rights", fields{"catalogCode": code, "kind": "USER", "holderDept": to.dept, "basis": "数据共享协议", "validTo": "20991231"})
	s.make("grants", fields{"grantId": grant, "grantor": "DEPARTMENT", "legalBasis": "数据共享协议", "granteeDept": to.dept, "purpose": why, "items": []string{code},
		"validFrom": "20260101", "validTo": "20991231", "maxUses": uses, "docHash": hash(grant)})
}

func grantAndUse(t *testing.T) {
	registry, bank, portal := as(t, "zhengzhou-registry"), as(t, "zhengzhou-bank"), as(t, "zhengzhou-window")
	grant := "GR" + run
	use := func(n, why string) outcome {
		t.Helper()
		return bank.use("uses", fields{"useNo": n + run, "catalogCode": houses, "grantId": grant, "subjectKey": person, "fields": []string{"units"}, "purpose": why})
	}
	if o := use("U1", purpose); o.Outcome != "DENIED" || o.Reason != "NO_RIGHT" {
		t.Errorf("without a right the use is %+v", o)
	}
	registry.make("rights", fields{"catalogCode": houses, "kind": "USER", "holderDept": bank.dept, "basis": "数据共享协议", "validTo": "20991231"})
	if o := use("U2", purpose); o.Reason != "NO_GRANT" {
		t.Errorf("without a consent the use is %+v", o)
	}
	portal.make("grants", fields{"grantId": grant, "grantor": "SUBJECT", "subjectKey": person, "granteeDept": bank.dept, "purpose": purpose, "items": []string{houses},
		"fields": []string{"units"}, "validFrom": "20260101", "validTo": "20991231", "maxUses": 5, "docHash": hash("同意书")})
	if o := use("U3", purpose); o.Outcome != "ALLOWED" {
		t.Errorf("with it the use is %+v", o)
	}
	if o := use("U4", "营销推广"); o.Reason != "WRONG_PURPOSE" {
		t.Errorf("for another purpose the use is %+v", o)
	}
	type uses struct {
		Uses []struct{ By, Outcome, Reason, CatalogCode string }
	}
	got := map[string]int{}
	for _, u := range ask[uses](portal, "data-uses", fields{"subjectKey": person}).Uses {
		if u.CatalogCode == houses && u.By == bank.dept {
			got[u.Outcome+" "+u.Reason]++
		}
	}
	if want := "map[ALLOWED :1 DENIED NO_GRANT:1 DENIED NO_RIGHT:1 DENIED WRONG_PURPOSE:1]"; fmt.Sprint(got) != want {
		t.Errorf("the citizen is told of %v", got)
	}
}

func askPredicates(t *testing.T) {
	registry, bank := as(t, "zhengzhou-registry"), as(t, "zhengzhou-bank")
	registry.make("holdings", fields{"subjectKey": person, "catalogCode": houses, "asOf": "20260101", "validTo": "20991231",
		"private": fields{"values": []fields{{"field": "units", "value": secretUnits}, {"field": "usage", "value": secretUsage}}}})
	type answer struct {
		Outcome string
		Answer  bool
	}
	question := func(n, op string, values ...string) answer {
		t.Helper()
		o := bank.use("uses:ask-data", fields{"useNo": n + run, "catalogCode": houses, "grantId": "GR" + run, "subjectKey": person, "purpose": purpose,
			"predicate": fields{"field": "units", "op": op, "values": values}, "private": fields{}})
		return ask[answer](bank, "use-answers", fields{"useId": o.UseID})
	}
	for i, c := range []struct {
		op     string
		values []string
		want   bool
	}{{"GE", []string{"2"}, true}, {"EQ", []string{"1"}, false}, {"IN", []string{"1", "2"}, false}} {
		if a := question(fmt.Sprint("P", i), c.op, c.values...); a.Outcome != "ANSWERED" || a.Answer != c.want {
			t.Errorf("%s %v is answered %+v", c.op, c.values, a)
		}
	}
	as(t, "zhengzhou-window").do("grants", "GR"+run, "revoke", fields{"revokeHash": hash("撤回")})
	if a := question("P9", "GE", "2"); a.Outcome != "DENIED" {
		t.Errorf("after the consent was taken back the answer is %+v", a)
	}
}
