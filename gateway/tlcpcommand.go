package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"henanchain/internal/gm"
	"henanchain/internal/gm/tlcp"
)

// How long what a pilot's own authority issues is good.
const (
	pilotAuthority = 5 * 365 * 24 * time.Hour
	pilotIssued    = 365 * 24 * time.Hour
)

func certificatesCommand() *cobra.Command {
	certificates := &cobra.Command{Use: "certificates", Short: "Make TLCP certificates for a pilot",
		Long: "Make TLCP certificates for a pilot, by an SM2 authority of its own. In earnest they come from a licensed\n" +
			"authority (电子认证服务机构), which issues the pair of signing and encryption certificate."}
	var folder string
	var hosts []string
	server := &cobra.Command{
		Use:   "server --host NAME...",
		Short: "Make the gateway's pair, and the authority where there is none",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return issueTLCP(cmd.OutOrStdout(), folder, "server", func(a *tlcp.Authority) (*tlcp.Issued, error) {
				return a.IssueServer(pilotIssued, hosts...)
			}, serverHint)
		},
	}
	server.Flags().StringSliceVar(&hosts, "host", nil, "names and addresses under which callers know the gateway")
	server.MarkFlagRequired("host") //nolint:errcheck // the flag is there
	client := &cobra.Command{
		Use:   "client NAME",
		Short: "Make a business system's pair, to be registered with `gateway credentials register`",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if filepath.Base(args[0]) != args[0] || args[0] == "ca" || args[0] == "server" {
				return fmt.Errorf("%q is not a name for a client's files", args[0])
			}
			return issueTLCP(cmd.OutOrStdout(), folder, args[0], func(a *tlcp.Authority) (*tlcp.Issued, error) {
				return a.IssueClient(pilotIssued, args[0])
			}, clientHint)
		},
	}
	certificates.PersistentFlags().StringVar(&folder, "out", "tlcp", "folder of the authority and of what it issues")
	certificates.AddCommand(server, client)
	return certificates
}

const (
	serverHint = "tlcp:\n  signCert: %[1]s-sign.pem\n  signKey: %[1]s-sign.key\n  encryptCert: %[1]s-encrypt.pem\n  encryptKey: %[1]s-encrypt.key\n  clientAuth: request\n  clientCAs: %[2]s\n"
	clientHint = "gateway credentials register APPLICATION --certificate %[1]s-sign.pem\n"
)

// issueTLCP makes a pair and prints what to do with it.
func issueTLCP(out io.Writer, folder, name string, issue func(*tlcp.Authority) (*tlcp.Issued, error), hint string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	a, err := pilotCA(folder)
	if err != nil {
		return err
	}
	issued, err := issue(a)
	if err != nil {
		return err
	}
	base := filepath.Join(folder, name)
	for _, half := range []struct {
		use  string
		cert []byte
		key  *gm.PrivateKey
	}{{"sign", issued.SignCertificate, issued.SignKey}, {"encrypt", issued.EncryptCertificate, issued.EncryptKey}} {
		if err := writePair(base+"-"+half.use, half.cert, half.key); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, hint, base, filepath.Join(folder, "ca.pem"))
	return nil
}

// pilotCA takes up the folder's authority, or makes it.
func pilotCA(folder string) (*tlcp.Authority, error) {
	cert, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if errors.Is(err, os.ErrNotExist) {
		a, err := tlcp.NewAuthority("Henan Chain pilot TLCP CA", pilotAuthority)
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		return a, writePair(filepath.Join(folder, "ca"), a.CertificatePEM(), a.Key())
	}
	if err != nil {
		return nil, err
	}
	key, err := readPrivateKey(filepath.Join(folder, "ca.key"), nil)
	if err != nil {
		return nil, fmt.Errorf("the authority's key: %w", err)
	}
	return tlcp.ParseAuthority(cert, key)
}

// writePair writes a certificate and its key, the key first and for its owner
// alone. What is there is left: a key in use is not replaced by accident.
func writePair(base string, cert []byte, key *gm.PrivateKey) error {
	text, err := key.PEM()
	if err != nil {
		return err
	}
	defer clear(text)
	for _, f := range []struct {
		path    string
		content []byte
		mode    os.FileMode
	}{{base + ".key", text, 0o600}, {base + ".pem", cert, 0o644}} {
		out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
		if err != nil {
			return fmt.Errorf("%w; remove it to have a new one", err)
		}
		_, err = out.Write(f.content)
		if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
			return err
		}
	}
	return nil
}
