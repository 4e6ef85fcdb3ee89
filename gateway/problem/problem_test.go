package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

func TestEveryKindIsWhole(t *testing.T) {
	for _, k := range Kinds() {
		if k.Status < 400 || k.Status > 599 || k.Title == "" || k.TitleZh == "" || k.Code != strings.ToUpper(k.Code) {
			t.Errorf("%+v", k)
		}
		if (k.Status == 429 || k.Status == 503) && k.RetryAfter <= 0 {
			t.Errorf("%s is %d and does not say when to try again", k.Code, k.Status)
		}
		if k.Status == 500 && k.Code != InternalError {
			t.Errorf("%s is a 500: only what nobody foresaw is", k.Code)
		}
	}
}

func TestAnythingThatGoesWrongHasAProblem(t *testing.T) {
	book := NewBook([]catalog.Contract{{Name: "toy", Refusals: []catalog.Refusal{{Code: "TOY_BROKEN", HTTP: 409, Doc: "broken", DocZh: "坏了"}, {Code: "ODD", HTTP: 200}}}})
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"a problem":                    {New(CityUnknown, "x"), 404, CityUnknown},
		"a problem inside":             {fmt.Errorf("while: %w", New(CityUnknown, "x")), 404, CityUnknown},
		"a refusal of the catalogue":   {operation.Refuse("TOY_BROKEN", "x"), 409, "TOY_BROKEN"},
		"a refusal nobody explains":    {operation.Refuse("NEW_ONE", "x"), 422, "NEW_ONE"},
		"a refusal with an odd status": {operation.Refuse("ODD", "x"), 422, "ODD"},
		"a body too large":             {&http.MaxBytesError{Limit: 9}, 413, BodyTooLarge},
		"a caller who left":            {context.Canceled, 503, OutcomeUnknown},
		"no time left":                 {fmt.Errorf("x: %w", context.DeadlineExceeded), 503, OutcomeUnknown},
		"a peer away":                  {status.Error(codes.Unavailable, "10.0.0.1"), 503, LedgerUnavailable},
		"peers that are busy":          {status.Error(codes.ResourceExhausted, "x"), 429, Overloaded},
		"anything else":                {errors.New("open /secret"), 500, InternalError},
	} {
		p := book.Explain("toy", c.err)
		if p.Status != c.status || p.Code != c.code {
			t.Errorf("%s: %d %s", name, p.Status, p.Code)
		}
		if strings.Contains(p.Detail, "secret") || strings.Contains(p.Detail, "10.0.0.1") {
			t.Errorf("%s: the detail tells what is inside: %s", name, p.Detail)
		}
	}
}

func TestTheDocumentIsAsRFC9457Says(t *testing.T) {
	p := New(Overloaded, "The queue holds %d.", 7).After(1500 * time.Millisecond).With(operation.FieldError{Field: "a", Code: "B", Message: "c"})
	p.Location = "/v1/x"
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("Accept-Language", "zh-Hans-CN,en;q=0.1")
	w := httptest.NewRecorder()
	p.Because(errors.New("inside")).Write(w, r, "r-1")
	var d Document
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if d.Type != "/problems/OVERLOADED" || d.Title != "写入队列已满" || d.Status != 429 || d.Detail != "The queue holds 7." || d.RequestID != "r-1" || len(d.Errors) != 1 || d.Location != "/v1/x" {
		t.Errorf("wrote %s", w.Body)
	}
	for header, want := range map[string]string{"Content-Type": MediaType, "Retry-After": "2", "Content-Language": "zh", "Location": "/v1/x", "Cache-Control": "no-store"} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if strings.Contains(w.Body.String(), "inside") {
		t.Errorf("the cause is told: %s", w.Body)
	}
	head := httptest.NewRecorder()
	p.Write(head, httptest.NewRequest("HEAD", "/", nil), "r-1")
	if head.Body.Len() > 0 || head.Code != 429 {
		t.Errorf("HEAD: %d %s", head.Code, head.Body)
	}
}

func TestACodeThatIsNotInTheTableCannotBeMade(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it was made")
		}
	}()
	New("NEVER_HEARD_OF", "x")
}

func FuzzLanguage(f *testing.F) {
	f.Add("zh-CN,zh;q=0.9")
	f.Add(";;;q=,")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		Chinese(r)
	})
}
