package operate

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Print writes the report for people.
func (r *Report) Print(out io.Writer) {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tROLE\tORGANISATION\tHEALTH\tUP\tRESTARTS\tPROCESS")
	for _, n := range r.Nodes {
		up, pid := "-", "-"
		if n.Since != nil {
			up, pid = time.Since(*n.Since).Round(time.Second).String(), fmt.Sprint(n.PID)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", n.Name, n.Role, orDash(n.Org), health(n.Healthy, n.Detail), up, n.Restarts, pid)
	}
	fmt.Fprintln(w, "\nCHANNEL\tHEIGHT\tHEALTH\tPEERS\tCONTRACTS")
	for _, c := range r.Channels {
		behind := ""
		for _, p := range c.Peers {
			if p.Lag > 0 {
				behind += fmt.Sprintf(", %s -%d", p.Name, p.Lag)
			}
		}
		var contracts []string
		for _, d := range c.Contracts {
			contracts = append(contracts, fmt.Sprintf("%s %s (%d)", d.Name, d.Version, d.Sequence))
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%d%s\t%s\n", c.Name, c.Height, health(c.Healthy, c.Detail), len(c.Peers), behind, orDash(strings.Join(contracts, ", ")))
	}
	w.Flush()
	for _, line := range r.longer() {
		fmt.Fprintf(out, "\n%s\n", line)
	}
	if r.Disk.Detail != "" {
		fmt.Fprintf(out, "\n%s\n", r.Disk.Detail)
	}
	if len(r.Certificates) == 0 {
		return
	}
	first := r.Certificates[0]
	fmt.Fprintf(out, "\n%d certificates; the first to expire is that of %s (%s), in %d days, on %s\n",
		len(r.Certificates), first.Name, first.Use, first.Days, first.Ends.Format(time.DateOnly))
	for _, c := range r.Certificates {
		if c.Days < soon {
			fmt.Fprintf(out, "  %s (%s): %d days left\n", c.Name, c.Use, c.Days)
		}
	}
}

// soon is how many days before its end a certificate is listed.
const soon = 30

// shortDetail is what stands in a table of what is wrong; the whole stands below.
const shortDetail = 60

func health(ok bool, detail string) string {
	if ok {
		return "healthy"
	}
	if runes := []rune(detail); len(runes) > shortDetail {
		detail = string(runes[:shortDetail]) + "…"
	}
	return "NOT HEALTHY: " + detail
}

// longer are the details that the tables cut.
func (r *Report) longer() (lines []string) {
	add := func(name string, healthy bool, detail string) {
		if !healthy && len([]rune(detail)) > shortDetail {
			lines = append(lines, name+": "+detail)
		}
	}
	for _, n := range r.Nodes {
		add(n.Name, n.Healthy, n.Detail)
	}
	for _, c := range r.Channels {
		add(c.Name, c.Healthy, c.Detail)
	}
	return lines
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
