//go:build e2e

package gateway

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"henanchain/internal/gm"
	"henanchain/test/journey"
)

// browser finds the browser that the test drives, or skips.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("skipped: no Chromium on this machine (Debian: apt-get install chromium)")
	return ""
}

// HNC_SCREENSHOT names a file that the operation is drawn into, PNG, for people to look at.
func TestSomebodyTriesAnOperationOnThePage(t *testing.T) {
	token, err := net.Token(journey.Notary)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox, chromedp.WSURLReadTimeout(90*time.Second), chromedp.WindowSize(1300, 1500), chromedp.Flag("accept-lang", "zh-CN"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var title, answer string
	var drawn []byte
	card := `details[id="evidence.Deposit"]`
	err = chromedp.Run(ctx,
		chromedp.Navigate(net.Connection.Gateway+"/docs"),
		chromedp.WaitVisible(card+` > summary`),
		chromedp.SendKeys(`#token`, token),
		chromedp.Evaluate(`if (document.documentElement.lang !== 'zh') document.getElementById('language').click()`, nil),
		chromedp.Text(`#tag-evidence h2`, &title),
		chromedp.Click(card+` > summary`),
		chromedp.WaitVisible(card+` textarea`), // drawn a moment after the card opens
		// A file of its own: the example's may be what another test deposits.
		chromedp.Evaluate(`{const a = document.querySelector('`+card+` textarea'); a.value = a.value.replace(/[0-9a-f]{64}/, '`+gm.HexDigest([]byte(time.Now().String()))+`')}`, nil),
		chromedp.Click(card+` button.go`),
		chromedp.WaitVisible(card+` h3.ok, `+card+` h3.bad`),
		chromedp.Text(card+` .inside`, &answer),
		chromedp.Screenshot(card, &drawn),
	)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(title, "司法存证") {
		t.Errorf("the ledger's title is %q", title)
	}
	if !strings.Contains(answer, "201 Created") {
		t.Errorf("the operation was not done; the page shows:\n%s", answer)
	}
	if file := os.Getenv("HNC_SCREENSHOT"); file != "" {
		if err := os.WriteFile(file, drawn, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
