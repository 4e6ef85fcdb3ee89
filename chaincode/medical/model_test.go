package medical_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"henanchain/chaincode/medical"
)

// unit is a small pack as the test's own model knows it.
type unit struct {
	at     string // institution, or the shipment's number while on its way
	box    int    // index of the middle pack that it is still in, -1 outside
	left   int64
	handed int64
	gone   bool
}

type box struct {
	code   string
	at     string
	opened bool
}

type stockModel struct {
	w     *world
	rt    *rapid.T
	codes []string
	units map[string]*unit
	boxes []*box
	// ways are shipments that have not arrived: what is in them and where to.
	ways  map[string][2]string
	wayOf map[string][]string
}

var sites = []string{carrier, drugstore, hospital}

func (s *stockModel) where(u *unit) string {
	if u.box >= 0 {
		return s.boxes[u.box].at
	}
	return u.at
}

// start codes some packs, boxes them and delivers the boxes.
func (s *stockModel) start() {
	for range 3 {
		codes := s.w.coded(lotV, 3)
		b := &box{code: s.w.boxed(lotV, "MIDDLE", codes...), at: rapid.SampledFrom(sites).Draw(s.rt, "site")}
		s.w.deliver(maker, b.at, b.code)
		s.boxes = append(s.boxes, b)
		for _, code := range codes {
			s.codes = append(s.codes, code)
			s.units[code] = &unit{at: b.at, box: len(s.boxes) - 1, left: 100}
		}
	}
}

// dispense tries to dispense a pack anywhere, whole or in part.
func (s *stockModel) dispense(code string) {
	u, site := s.units[code], rapid.SampledFrom(sites[1:]).Draw(s.rt, "by")
	n := rapid.SampledFrom([]int64{0, 1, 40, 60, 100, 101}).Draw(s.rt, "units")
	in := m{"drugTraceCode": code}
	if n > 0 {
		in["units"] = n
	}
	r := s.w.apps[site].Do("Dispense", in)
	take := n
	if n == 0 {
		take = 100
	}
	legal := s.where(u) == site && (n == 0 && u.left == 100 || n > 0 && n <= u.left)
	switch {
	case u.gone:
		if r.Status != medical.Suspected {
			s.rt.Fatalf("dispensing %s, which is gone, at %s answered %+v", code, site, r)
		}
	case legal:
		if r.Status != medical.Dispensed {
			s.rt.Fatalf("dispensing %d of %s at %s answered %+v", n, code, site, r.Refusal)
		}
		s.takeOut(u)
		u.left, u.handed, u.gone = u.left-take, u.handed+take, u.left == take
	case r.Refusal == nil:
		s.rt.Fatalf("dispensing %d of %s (%+v) at %s was done", n, code, u, site)
	}
}

func (s *stockModel) takeOut(u *unit) {
	if u.box >= 0 {
		u.at, s.boxes[u.box].opened, u.box = s.boxes[u.box].at, true, -1
	}
}

// ship sends a small pack, or a middle one, from where it is or from elsewhere.
func (s *stockModel) ship() {
	site := rapid.SampledFrom(sites).Draw(s.rt, "from")
	to := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(sites), func(x string) bool { return x == site })).Draw(s.rt, "to")
	no := s.w.number(site)
	var code string
	legal := false
	var move func()
	if rapid.Bool().Draw(s.rt, "box") {
		b := rapid.SampledFrom(s.boxes).Draw(s.rt, "which")
		code, legal = b.code, b.at == site && !b.opened
		move = func() { b.at = no }
	} else {
		code = rapid.SampledFrom(s.codes).Draw(s.rt, "which")
		u := s.units[code]
		legal = s.where(u) == site && u.left == 100
		move = func() { s.takeOut(u); u.at = no }
	}
	r := s.w.apps[site].Do("Ship", m{"shipmentNo": no, "to": to, "purpose": "SALE", "codes": []string{code}})
	if (r.Refusal == nil) != legal {
		s.rt.Fatalf("shipping %s from %s, legal %v, answered %v", code, site, legal, r.Refusal)
	}
	if legal {
		move()
		s.ways[no], s.wayOf[no] = [2]string{site, to}, []string{code}
	}
}

// arrive receives or rejects a shipment.
func (s *stockModel) arrive() {
	var open []string
	for no := range s.ways {
		open = append(open, no)
	}
	if len(open) == 0 {
		return
	}
	slices.Sort(open)
	no := rapid.SampledFrom(open).Draw(s.rt, "shipment")
	site := s.ways[no][1]
	if rapid.Bool().Draw(s.rt, "reject") {
		s.w.apps[site].Must("RejectShipment", m{"shipmentNo": no, "note": "破损"})
		site = s.ways[no][0]
	} else {
		s.w.apps[site].Must("Receive", m{"shipmentNo": no, "codes": s.wayOf[no]})
	}
	for _, b := range s.boxes {
		if b.at == no {
			b.at = site
		}
	}
	for _, u := range s.units {
		if u.box < 0 && u.at == no {
			u.at = site
		}
	}
	delete(s.ways, no)
}

// Random movements and dispensings against a model: every pack is where the
// model says, no unit is handed out twice, and none without being on record.
func TestAPackIsInOnePlaceAndDispensedOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &stockModel{w: newWorld(t), rt: rt, units: map[string]*unit{}, ways: map[string][2]string{}, wayOf: map[string][]string{}}
		s.start()
		for range rapid.IntRange(5, 50).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"dispense", "dispense", "ship", "arrive", "arrive"}).Draw(rt, "what") {
			case "dispense":
				s.dispense(rapid.SampledFrom(s.codes).Draw(rt, "code"))
			case "ship":
				s.ship()
			case "arrive":
				s.arrive()
			}
		}
		s.compare()
	})
}

func (s *stockModel) compare() {
	for code, u := range s.units {
		var scan struct {
			Status, Holder string
			Remaining      int64
		}
		if r := s.w.portal.Ask(&scan, "ScanDrug", m{"drugTraceCode": code}); r != nil {
			s.rt.Fatal(r)
		}
		place := s.where(u)
		if way, onWay := s.ways[place]; onWay {
			if scan.Status != medical.Shipped || scan.Holder != way[0] {
				s.rt.Errorf("%s is %s at %s and should be on its way from %s", code, scan.Status, scan.Holder, way[0])
			}
		} else if scan.Holder != place || u.gone != (scan.Status == medical.Dispensed) {
			s.rt.Errorf("%s is %s at %s and should be at %s, gone %v", code, scan.Status, scan.Holder, place, u.gone)
		}
		var count struct{ Units, Dispensed, Suspected int64 }
		if r := s.w.insurer.Ask(&count, "DispensingCount", m{"drugTraceCode": code}); r != nil || count.Units != u.handed || scan.Remaining != u.left || u.left+u.handed != 100 {
			s.rt.Errorf("%s has %d left and %+v, the model %+v", code, scan.Remaining, count, *u)
		}
	}
}

// consentModel is what accesses should be granted.
type consentModel struct {
	live    bool
	from    time.Time
	to      time.Time
	uses    int
	max     int
	log     int
	granted int
}

// Random consents, revocations, accesses and hours: an access is granted
// exactly while the model's consent is live, and every one is on record.
func TestAccessIsGrantedExactlyWhileAConsentIsLive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		doc := w.filed("C0006")
		id := medical.ConsentID(patientKey, clinic, "REFERRAL")
		s := &consentModel{}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			now := w.l.Now
			switch rapid.SampledFrom([]string{"grant", "revoke", "ask", "ask", "ask", "wait"}).Draw(rt, "what") {
			case "grant":
				s.grant(w, rt)
			case "revoke":
				if r := w.portal.Do("RevokeConsent", m{"consentId": id}); r.Refusal == nil {
					s.live = false
				}
			case "ask":
				status, code := w.ask(doc)
				want := s.live && !now.Before(s.from) && !now.After(s.to) && s.uses < s.max
				if (status == medical.Granted) != want {
					rt.Fatalf("the access at %s is %s (%s), and the consent is %+v", now, status, code, *s)
				}
				if s.log++; want {
					s.uses++
					s.granted++
				}
			case "wait":
				w.later(time.Duration(rapid.IntRange(1, 5400).Draw(rt, "seconds")) * time.Second)
			}
		}
		granted := 0
		for n := range s.log {
			r := w.l.Record("access", medical.AccessID(patientKey, int64(n+1)))
			if r == nil {
				rt.Fatalf("entry %d of %d of the access log is missing", n+1, s.log)
			}
			if r.Status == medical.Granted {
				granted++
			}
		}
		if granted != s.granted || w.l.Record("access", medical.AccessID(patientKey, int64(s.log+1))) != nil {
			rt.Fatalf("the log has %d granted of %d, the model %d", granted, s.log, s.granted)
		}
	})
}

func (s *consentModel) grant(w *world, rt *rapid.T) {
	now := w.l.Now
	from := now.Add(time.Duration(rapid.IntRange(-1, 1).Draw(rt, "from")) * time.Hour)
	to := from.Add(time.Duration(rapid.IntRange(1, 4).Draw(rt, "hours")) * time.Hour)
	uses := rapid.IntRange(1, 3).Draw(rt, "uses")
	r := w.portal.Do("GrantConsent", m{"patientKey": patientKey, "grantee": clinic, "purpose": "REFERRAL", "docTypes": []string{"C0006"}, "validFrom": from.Format(time.RFC3339), "validTo": to.Format(time.RFC3339),
		"maxUses": uses, "fileHash": gmHash(fmt.Sprint(now))})
	standing := s.live && !now.After(s.to) && s.uses < s.max
	if legal := !standing && to.After(now); (r.Refusal == nil) != legal {
		rt.Fatalf("a consent at %s, legal %v, answered %v; the standing one is %+v", now, legal, r.Refusal, *s)
	}
	if r.Refusal == nil {
		s.live, s.from, s.to, s.uses, s.max = true, from, to, 0, uses
	}
}
