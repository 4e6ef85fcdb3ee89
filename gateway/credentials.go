package main

import (
	"context"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"henanchain/gateway/auth"
	"henanchain/gateway/config"
	"henanchain/gateway/store"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/internal/gm/tlcp"
)

// registrar registers and revokes credentials, while gateways run or not.
type registrar struct {
	config *config.Config
	store  *store.Credentials
	out    io.Writer
}

// withRegistrar opens the store that the configuration names, and runs f.
func withRegistrar(cmd *cobra.Command, file string, f func(context.Context, *registrar) error) (err error) {
	c, err := load(file)
	if err != nil {
		return err
	}
	_, source, err := c.Store.Driver()
	if err != nil {
		return err
	}
	db, err := store.OpenCredentials(cmd.Context(), source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return f(cmd.Context(), &registrar{config: c, store: db, out: cmd.OutOrStdout()})
}

// known refuses an application that is not on the network: a credential of
// it could open nothing, and is more likely a slip of the pen.
func (r *registrar) known(app string) error {
	c, err := connection.Read(r.config.Connection)
	if err != nil {
		return err
	}
	var names []string
	for _, a := range c.Applications {
		if a.Name == app {
			return nil
		}
		names = append(names, a.Name)
	}
	return fmt.Errorf("there is no application %s on this network; there are %s", app, strings.Join(names, ", "))
}

func (r *registrar) add(ctx context.Context, cr *store.Credential) error {
	if err := r.known(cr.App); err != nil {
		return err
	}
	err := r.store.Add(ctx, cr)
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("%s: %w; one that was revoked is not registered again: make a new one", cr.ID, err)
	}
	return err
}

// find resolves an ID or the unambiguous beginning of one.
func (r *registrar) find(ctx context.Context, begin string, kinds ...string) (*store.Credential, error) {
	all, err := r.store.List(ctx, "", kinds...)
	if err != nil {
		return nil, err
	}
	var found []store.Credential
	for _, cr := range all {
		if cr.ID == begin {
			return &cr, nil
		}
		if strings.HasPrefix(cr.ID, begin) && begin != "" {
			found = append(found, cr)
		}
	}
	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		return nil, fmt.Errorf("nothing is registered under %q", begin)
	}
	return nil, fmt.Errorf("%d are registered whose IDs begin with %q: give more of it", len(found), begin)
}

func (r *registrar) revoke(ctx context.Context, begin string, kinds ...string) error {
	cr, err := r.find(ctx, begin, kinds...)
	if err != nil {
		return err
	}
	if err := r.store.Revoke(ctx, cr.ID, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "revoked the %s %s of %s\n", cr.Kind, cr.ID, cr.App)
	return nil
}

// listed is a credential as list prints it.
type listed struct {
	ID      string `json:"id"`
	App     string `json:"app"`
	Kind    string `json:"kind"`
	State   string `json:"state"` // good, expired or revoked
	Label   string `json:"label,omitempty"`
	Created string `json:"created"`
	Expires string `json:"expires,omitempty"`
	Revoked string `json:"revoked,omitempty"`
}

func (r *registrar) list(ctx context.Context, app string, asJSON bool, kinds ...string) error {
	found, err := r.store.List(ctx, app, kinds...)
	if err != nil {
		return err
	}
	all := make([]listed, len(found))
	for i, cr := range found {
		l := listed{ID: cr.ID, App: cr.App, Kind: cr.Kind, Label: cr.Label, State: "good", Created: stamp(cr.Created), Expires: stamp(cr.Expires), Revoked: stamp(cr.Revoked)}
		switch {
		case l.Revoked != "":
			l.State = "revoked"
		case l.Expires != "" && !time.Now().Before(cr.Expires):
			l.State = "expired"
		}
		all[i] = l
	}
	if asJSON {
		enc := json.NewEncoder(r.out)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "APPLICATION\tKIND\tSTATE\tEXPIRES\tLABEL\tID")
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.App, l.Kind, l.State, l.Expires, l.Label, l.ID)
	}
	return w.Flush()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// lifetime reads 90d, 12h or 30m; "" and never do not end.
func lifetime(text string, now time.Time) (time.Time, error) {
	if text == "" || text == "never" {
		return time.Time{}, nil
	}
	wrong := fmt.Errorf("--expires: %q must be a time from now such as 90d or 12h, or never", text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil || n == 0 {
			return time.Time{}, wrong
		}
		return now.AddDate(0, 0, int(n)), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return time.Time{}, wrong
	}
	return now.Add(d), nil
}

// newCredential reads what a file or a subject says.
func newCredential(keyFile, certFile, subject string) (*store.Credential, error) {
	switch {
	case keyFile != "":
		data, err := os.ReadFile(keyFile)
		if err != nil {
			return nil, fmt.Errorf("--key: %w", err)
		}
		key, err := gm.ParsePublicKeyPEM(data)
		if err != nil {
			return nil, fmt.Errorf("--key %s: %w; write the public half with openssl pkey -in KEY -pubout", keyFile, err)
		}
		return &store.Credential{ID: key.ID(), Kind: store.KindKey, Public: string(key.PEM())}, nil
	case certFile != "":
		data, err := os.ReadFile(certFile)
		if err != nil {
			return nil, fmt.Errorf("--certificate: %w", err)
		}
		cert, err := tlcp.ParseCertificatePEM(data)
		if err != nil {
			return nil, fmt.Errorf("--certificate %s: %w", certFile, err)
		}
		return &store.Credential{ID: store.CertificateID(cert.KeyID), Kind: store.KindCertificate, Public: cert.Subject.String()}, nil
	}
	name, err := parseSubject(subject)
	if err != nil {
		return nil, fmt.Errorf("--subject: %w", err)
	}
	return &store.Credential{ID: auth.SubjectID(name), Kind: store.KindSubject, Public: name.String()}, nil
}

// parseSubject reads CN=…,OU=…,O=…,L=…,ST=…,C=…, with a backslash before a comma
// that belongs to a value.
func parseSubject(text string) (pkix.Name, error) {
	var name pkix.Name
	lists := map[string]*[]string{"OU": &name.OrganizationalUnit, "O": &name.Organization, "L": &name.Locality, "ST": &name.Province,
		"C": &name.Country, "STREET": &name.StreetAddress, "POSTALCODE": &name.PostalCode}
	hidden := "\x00"
	for part := range strings.SplitSeq(strings.ReplaceAll(text, `\,`, hidden), ",") {
		kind, value, ok := strings.Cut(strings.ReplaceAll(part, hidden, ","), "=")
		kind, value = strings.ToUpper(strings.TrimSpace(kind)), strings.TrimSpace(value)
		switch list := lists[kind]; {
		case !ok || value == "":
			return name, fmt.Errorf("%q must be TYPE=VALUE, as in CN=bank,O=Bank of Henan,C=CN", part)
		case kind == "CN" && name.CommonName == "":
			name.CommonName = value
		case kind == "SERIALNUMBER" && name.SerialNumber == "":
			name.SerialNumber = value
		case list != nil:
			*list = slices.Insert(*list, 0, value)
		default:
			return name, fmt.Errorf("%s is not one of CN, SERIALNUMBER, OU, O, L, ST, C, STREET, POSTALCODE, or stands there twice", kind)
		}
	}
	return name, nil
}
