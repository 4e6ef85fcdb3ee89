package config

import (
	"strings"
	"testing"
)

func TestACollectorIsAURL(t *testing.T) {
	for endpoint, good := range map[string]bool{"http://127.0.0.1:4318": true, "https://collector.example": true, "collector:4318": false, "ftp://x": false} {
		_, err := Load("", []string{"HNC_GATEWAY_TRACING_ENDPOINT=" + endpoint})
		if refused := err != nil && strings.Contains(err.Error(), "tracing.endpoint"); refused == good {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}
