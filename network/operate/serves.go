package operate

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"henanchain/network/progress"
	"henanchain/network/supervise"
)

// servesWithin is how soon a node that was started is expected to serve, and the
// gateway what has joined.
const servesWithin = 30 * time.Second

// gatewayServes waits until the gateway that runs here serves the channels of
// this run. One that does not is no reason to call the run failed: `status` tells.
func (u *up) gatewayServes(ctx context.Context, _ *progress.Task) (string, error) {
	services, err := u.client.Services()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(services, func(s supervise.Status) bool { return s.Name == "gateway" && s.Wanted })
	if i < 0 {
		return "none runs here", nil
	}
	gateway := newProbe(services[i].Service)
	defer gateway.close()
	for end := time.Now().Add(servesWithin); ; {
		missing := u.unserved(gateway.said(ctx))
		if missing == "" {
			return "serves " + count(len(u.touchedChannels()), "channel"), nil
		}
		if time.Now().After(end) {
			return "not ready yet (" + missing + "): see " + u.logOf("gateway"), nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return "", err
		}
	}
}

// unserved is what a gateway that answers so lacks of the channels of this run;
// empty: nothing.
func (u *up) unserved(readiness []byte, err error) string {
	var is struct {
		Checks []struct{ Name, Missing string } `json:"checks"`
	}
	if err == nil {
		err = json.Unmarshal(readiness, &is)
	}
	if err != nil {
		return err.Error()
	}
	for _, ch := range u.touchedChannels() {
		known := false
		for _, c := range is.Checks {
			if !strings.HasPrefix(c.Name, ch.Name+"/") {
				continue
			}
			if known = true; c.Missing != "" {
				return c.Name + ": " + c.Missing
			}
		}
		if !known {
			return "it has not seen " + ch.Name
		}
	}
	return ""
}
