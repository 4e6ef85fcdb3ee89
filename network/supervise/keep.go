package supervise

import (
	"context"
	"log"
	"os"
	"sync"
	"syscall"
	"time"
)

// keepEvery is how often a keeper looks at its folder.
const keepEvery = 300 * time.Millisecond

// Keep runs the services of one working folder until ctx ends: it is what a
// container runs. It waits for services that are not written down yet, restarts
// one that ends or whose definition changes, and stops one that is taken away.
// What services say goes to standard output and error, where the container
// engine keeps its logs.
func Keep(ctx context.Context, folder string) error {
	syscall.Umask(0o077) // as for the daemon: Fabric CA leaves some keys readable to all
	k := &keeper{folder: folder, runners: map[string]*runner{}}
	log.Printf("keeping what %s says", folder)
	for tick := time.NewTicker(keepEvery); ; {
		if err := k.look(); err != nil {
			log.Print(err) // the next look may find it whole
		}
		select {
		case <-ctx.Done():
			k.end()
			return nil
		case <-tick.C:
		}
	}
}

type keeper struct {
	folder  string
	runners map[string]*runner
}

func (k *keeper) look() error {
	services, err := ReadKept(k.folder)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, s := range services {
		wanted[s.Name] = true
		r := k.runners[s.Name]
		if r != nil && r.svc.digest() != s.digest() {
			log.Printf("%s is to run otherwise", s.Name)
			r.stop()
			r = nil
		}
		if r == nil {
			r = &runner{root: k.folder, svc: s, inherit: true}
			k.runners[s.Name] = r
			if err := os.MkdirAll(s.Dir, 0o700); err != nil {
				return err
			}
		}
		if err := r.start(nil); err != nil {
			return err
		}
	}
	for name, r := range k.runners {
		if !wanted[name] {
			log.Printf("%s is not wanted any more", name)
			r.stop()
			delete(k.runners, name)
		}
	}
	return nil
}

func (k *keeper) end() {
	var wg sync.WaitGroup
	for _, r := range k.runners {
		wg.Go(r.stop)
	}
	wg.Wait()
}
