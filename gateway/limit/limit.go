// Package limit holds every application to its rate and its daily quota of
// operations, so that one of them cannot take the ledgers from the others.
package limit

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"henanchain/gateway/problem"
)

// Terms are what one application may do. Zero is no limit.
type Terms struct {
	RatePerSecond float64 // operations
	Burst         int     // operations at once over the rate
	DailyQuota    int64   // operations a day, UTC+8
}

// Quota draws on a quota that all gateways share; *store.Store in a gateway.
type Quota interface {
	DrawQuota(ctx context.Context, app, day string, n, quota int64) (int64, error)
}

// Limiter counts operations. It is safe for concurrent use.
type Limiter struct {
	standard Terms
	own      map[string]Terms
	quota    Quota
	now      func() time.Time

	mu   sync.Mutex
	apps map[string]*account
}

// New makes a limiter: standard terms, and own ones for some applications.
func New(standard Terms, own map[string]Terms, quota Quota) *Limiter {
	return &Limiter{standard: standard, own: own, quota: quota, now: time.Now, apps: map[string]*account{}}
}

// account is one application's.
type account struct {
	terms Terms
	rate  *rate.Limiter // nil: no limit

	mu   sync.Mutex
	day  string
	left int64 // drawn and not used
}

func (l *Limiter) account(app string) *account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.apps[app]
	if a == nil {
		a = &account{terms: l.standard}
		if own, ok := l.own[app]; ok {
			a.terms = own
		}
		if a.terms.RatePerSecond > 0 {
			a.rate = rate.NewLimiter(rate.Limit(a.terms.RatePerSecond), a.terms.Burst)
		}
		l.apps[app] = a
	}
	return a
}

// Take counts n operations of an application, or returns the problem that
// tells when to try again. What is refused is not counted.
func (l *Limiter) Take(ctx context.Context, app string, n int) error {
	if n <= 0 {
		return nil
	}
	a, now := l.account(app), l.now()
	if a.rate != nil {
		r := a.rate.ReserveN(now, n)
		if !r.OK() {
			return problem.New(problem.TooManyRequests, "%d operations at once are more than the %d that %s may send.", n, a.terms.Burst, app)
		}
		if wait := r.DelayFrom(now); wait > 0 {
			r.CancelAt(now)
			return problem.New(problem.TooManyRequests, "%s may send %g operations a second.", app, a.terms.RatePerSecond).After(wait)
		}
	}
	if a.terms.DailyQuota == 0 {
		return nil
	}
	return l.draw(ctx, a, app, int64(n), now)
}

// days end at midnight in China.
var china = time.FixedZone("UTC+8", 8*60*60)

// portion is how much of a quota is drawn at once: each draw is a write to the
// database, and what a gateway has drawn when it is killed is lost for the day.
func portion(quota int64) int64 { return min(max(quota/100, 1), 1000) }

// draw takes n operations from what was drawn on the quota, and draws more.
func (l *Limiter) draw(ctx context.Context, a *account, app string, n int64, now time.Time) error {
	local := now.In(china)
	day := local.Format("20060102")
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.day != day {
		a.day, a.left = day, 0
	}
	if a.left < n {
		got, err := l.quota.DrawQuota(ctx, app, day, max(n-a.left, portion(a.terms.DailyQuota)), a.terms.DailyQuota)
		if err != nil {
			return problem.New(problem.StoreUnavailable, "The quota cannot be read; nothing was done.").Because(err)
		}
		a.left += got
	}
	if a.left < n {
		midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, china)
		return problem.New(problem.QuotaExceeded, "%s may do %d operations a day, and %d are left today.", app, a.terms.DailyQuota, a.left).After(midnight.Sub(now))
	}
	a.left -= n
	return nil
}

// Close gives back what was drawn and not used.
func (l *Limiter) Close(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for app, a := range l.apps {
		a.mu.Lock()
		left, day := a.left, a.day
		a.left = 0
		a.mu.Unlock()
		if left == 0 {
			continue
		}
		if _, err := l.quota.DrawQuota(ctx, app, day, -left, a.terms.DailyQuota); err != nil {
			return err
		}
	}
	return nil
}
