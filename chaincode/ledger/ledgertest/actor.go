package ledgertest

import (
	"maps"

	"henanchain/internal/operation"
)

// Actor is a business system of a story.
type Actor struct {
	*App
	story *Story
}

// Actor enrols a business system that acts by itself.
func (s *Story) Actor(msp, name, dept string, roles ...string) *Actor {
	s.t.Helper()
	return &Actor{s.App(msp, name, dept, roles...), s}
}

// Do, Must and Refused are the story's, by this business system.
func (a *Actor) Do(name string, in any) operation.Result {
	a.story.t.Helper()
	return a.story.Do(a.App, name, in)
}

func (a *Actor) Must(name string, in any) operation.Result {
	a.story.t.Helper()
	return a.story.Must(a.App, name, in)
}

func (a *Actor) Refused(code, name string, in any) *operation.Refusal {
	a.story.t.Helper()
	return a.story.Refused(code, a.App, name, in)
}

// With joins inputs: later ones change earlier ones, and a nil takes a field out.
func With(parts ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, p := range parts {
		maps.Copy(out, p)
	}
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}
