package usage

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"henanchain/network/supervise"
)

func TestABusyProcessIsToldFromAnIdleOne(t *testing.T) {
	var services []supervise.Status
	for name, command := range map[string][]string{"busy": {"sh", "-c", "while :; do :; done"}, "idle": {"sleep", "60"}} {
		cmd := exec.Command(command[0], command[1:]...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		services = append(services, supervise.Status{Service: supervise.Service{Name: name, Role: "test"}, PID: cmd.Process.Pid})
	}
	services = append(services, supervise.Status{Service: supervise.Service{Name: "stopped"}})
	var r *Report
	for range 20 { // on a machine with much else to do the busy one may get no time at first
		var err error
		if r, err = Measure(t.Context(), services, 500*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if len(r.Processes) == 2 && r.Processes[0].Cores > r.Processes[1].Cores {
			break
		}
	}
	if len(r.Processes) != 2 || r.Processes[0].Name != "busy" || r.Processes[0].Cores <= r.Processes[1].Cores {
		t.Errorf("measured %+v", r.Processes)
	}
	var sum uint64
	for _, p := range r.Processes {
		if p.Bytes == 0 {
			t.Errorf("%s has no memory", p.Name)
		}
		sum += p.Bytes
	}
	if r.Bytes != sum {
		t.Errorf("%d bytes in all, and %d added up", r.Bytes, sum)
	}
	var text strings.Builder
	if r.Print(&text); !strings.Contains(text.String(), "2 processes took ") {
		t.Errorf("it prints %q", text.String())
	}
}

func TestMeasuringEndsWhenNobodyWaits(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Measure(ctx, nil, time.Hour); err == nil {
		t.Error("it went on")
	}
}
