// Package problem is the one place where what went wrong becomes an HTTP
// answer: an RFC 9457 problem document with a stable code, in Chinese or
// English as the caller asks, that says what would be right.
package problem

import (
	"fmt"
	"time"

	"henanchain/internal/operation"
)

// Problem is one refusal or failure on its way to a caller. It is an error, so
// that handlers return it like any other.
type Problem struct {
	Code   string
	Status int
	// Title and TitleZh name the kind of problem; they do not change from one occurrence to the next.
	Title, TitleZh string
	// Detail says what happened this time, and what would be right.
	Detail string
	Fields []operation.FieldError
	// Location is the path of the record that exists already (409) or that took over.
	Location string
	// RetryAfter tells when to try again (429, 503); whole seconds are sent.
	RetryAfter time.Duration
	// Contract names the contract that refused; empty where the gateway did.
	Contract string

	cause error
}

// Error reads "CODE: detail".
func (p *Problem) Error() string {
	text := p.Code + ": " + p.Detail
	if p.cause != nil {
		text += ": " + p.cause.Error()
	}
	return text
}

// Unwrap gives what caused the problem. It is for logs, never for the caller.
func (p *Problem) Unwrap() error { return p.cause }

// New makes a problem of one of the gateway's own codes with a formatted detail.
func New(code, format string, args ...any) *Problem {
	k, ok := kinds[code]
	if !ok {
		panic("problem: the code " + code + " is not in the table")
	}
	return &Problem{Code: code, Status: k.Status, Title: k.Title, TitleZh: k.TitleZh,
		Detail: fmt.Sprintf(format, args...), RetryAfter: k.RetryAfter}
}

// Because keeps the cause for the log.
func (p *Problem) Because(err error) *Problem {
	p.cause = err
	return p
}

// After says when to try again, where that is known better than usual.
func (p *Problem) After(d time.Duration) *Problem {
	if d > 0 {
		p.RetryAfter = d
	}
	return p
}

// With adds fields that are wrong.
func (p *Problem) With(fields ...operation.FieldError) *Problem {
	p.Fields = append(p.Fields, fields...)
	return p
}
