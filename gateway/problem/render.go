package problem

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"henanchain/internal/operation"
)

// MediaType is RFC 9457's.
const MediaType = "application/problem+json"

// TypePrefix is where each code is explained; with the code it is the
// document's type, relative to the gateway's own address.
const TypePrefix = "/problems/"

// Document is the problem as the caller reads it.
type Document struct {
	Type      string                 `json:"type"`
	Title     string                 `json:"title"`
	Status    int                    `json:"status"`
	Detail    string                 `json:"detail,omitempty"`
	Code      string                 `json:"code"`
	Errors    []operation.FieldError `json:"errors,omitempty"`
	Location  string                 `json:"location,omitempty"`
	RequestID string                 `json:"requestId,omitempty"`
}

// Document writes the problem out in the language of the caller.
func (p *Problem) Document(chinese bool, requestID string) Document {
	title := p.Title
	if chinese && p.TitleZh != "" {
		title = p.TitleZh
	}
	return Document{Type: TypePrefix + p.Code, Title: title, Status: p.Status, Detail: p.Detail,
		Code: p.Code, Errors: p.Fields, Location: p.Location, RequestID: requestID}
}

var languages = language.NewMatcher([]language.Tag{language.English, language.Chinese})

// Chinese tells whether the caller would rather read Chinese (Accept-Language).
func Chinese(r *http.Request) bool {
	header := r.Header.Get("Accept-Language")
	if header == "" || len(header) > 256 { // a longer one is no browser's
		return false
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return false
	}
	_, index, _ := languages.Match(tags...)
	return index == 1
}

// Render makes the answer: status, headers and the problem document.
func (p *Problem) Render(chinese bool, requestID string) (status int, header map[string]string, body []byte) {
	body, err := json.Marshal(p.Document(chinese, requestID))
	if err != nil { // texts and numbers only: cannot happen
		body = []byte(`{"type":"` + TypePrefix + InternalError + `","status":500,"code":"` + InternalError + `"}`)
	}
	header = map[string]string{
		"Content-Type": MediaType, "Content-Language": map[bool]string{false: "en", true: "zh"}[chinese],
		"Vary": "Accept-Language", "Cache-Control": "no-store",
	}
	if p.Location != "" {
		header["Location"] = p.Location
	}
	if p.RetryAfter > 0 {
		header["Retry-After"] = strconv.Itoa(seconds(p.RetryAfter))
	}
	return p.Status, header, body
}

// Write sends the problem document.
func (p *Problem) Write(w http.ResponseWriter, r *http.Request, requestID string) {
	status, header, body := p.Render(Chinese(r), requestID)
	for name, value := range header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck // the caller is gone; nobody is left to tell
	}
}

func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
