package events

// Denied is the error that says why an event is not for an application now. It is
// no failure: nobody is to be told of it again and again.
type Denied struct {
	// Code and Reason are those that a call would be answered with.
	Code, Reason string
	// Channel tells that it is of all of the channel's events, whatever they are
	// about: they wait, and come when the right is back.
	Channel bool
	// Hidden tells that the application may not even know that the event is there.
	Hidden bool
}

func (d *Denied) Error() string { return d.Code + ": " + d.Reason }
