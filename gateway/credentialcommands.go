package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"henanchain/gateway/auth"
	"henanchain/gateway/store"
	"henanchain/internal/gm"
)

func tokensCommand(file *string) *cobra.Command {
	tokens := &cobra.Command{Use: "tokens", Short: "Issue and revoke applications' bearer tokens",
		Long: "Issue and revoke applications' bearer tokens, while gateways run. The store keeps a token's SM3 only;\nthe tokens of the network's own hand-over are not among these."}
	tokens.AddCommand(issueCommand(file), listCommand(file, "tokens", store.KindToken), revokeCommand(file, "a token", store.KindToken))
	return tokens
}

func issueCommand(file *string) *cobra.Command {
	var expires, label string
	cmd := &cobra.Command{
		Use:   "issue APPLICATION",
		Short: "Make a token and print it, this once",
		Long:  "Make a token and print it on the standard output, this once; its ID, for revoke, goes to the standard error.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now()
			until, err := lifetime(expires, now)
			if err != nil {
				return err
			}
			token := auth.NewToken()
			cr := &store.Credential{ID: gm.HexDigest([]byte(token)), App: args[0], Kind: store.KindToken, Label: label, Created: now, Expires: until}
			return withRegistrar(cmd, *file, func(ctx context.Context, r *registrar) error {
				if err := r.add(ctx, cr); err != nil {
					return err
				}
				fmt.Fprintln(r.out, token)
				fmt.Fprintf(cmd.ErrOrStderr(), "token %s of %s; expires: %s\n", cr.ID, cr.App, orNever(cr.Expires))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&expires, "expires", "90d", "when it ends, from now: 90d, 12h, never")
	cmd.Flags().StringVar(&label, "label", "", "what people call it")
	return cmd
}

func orNever(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return stamp(t)
}

func credentialsCommand(file *string) *cobra.Command {
	credentials := &cobra.Command{Use: "credentials", Short: "Register and revoke applications' signing keys and certificates",
		Long: "Register and revoke the SM2 keys that applications sign requests with, and the certificates that they\nconnect with, while gateways run. What is revoked is refused from the next request on, at every gateway of the store."}
	kinds := []string{store.KindKey, store.KindCertificate, store.KindSubject}
	credentials.AddCommand(registerCommand(file), listCommand(file, "keys and certificates", kinds...), revokeCommand(file, "a key or a certificate", kinds...))
	return credentials
}

func registerCommand(file *string) *cobra.Command {
	var key, certificate, subject, expires, label string
	cmd := &cobra.Command{
		Use:   "register APPLICATION",
		Short: "Register a key or a certificate for an application",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cr, err := newCredential(key, certificate, subject)
			if err != nil {
				return err
			}
			cr.App, cr.Label, cr.Created = args[0], label, time.Now()
			if cr.Expires, err = lifetime(expires, cr.Created); err != nil {
				return err
			}
			return withRegistrar(cmd, *file, func(ctx context.Context, r *registrar) error {
				if err := r.add(ctx, cr); err != nil {
					return err
				}
				fmt.Fprintln(r.out, cr.ID)
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "key", "", "PEM file of the SM2 public key that signs requests (docs/signing.md)")
	f.StringVar(&certificate, "certificate", "", "PEM file of a client certificate: whoever has its key is the application")
	f.StringVar(&subject, "subject", "", "subject of client certificates, CN=…,O=…,C=…: whoever has a certificate of it is the application")
	f.StringVar(&expires, "expires", "never", "when it ends, from now: 365d, 12h, never")
	f.StringVar(&label, "label", "", "what people call it")
	cmd.MarkFlagsOneRequired("key", "certificate", "subject")
	cmd.MarkFlagsMutuallyExclusive("key", "certificate", "subject")
	return cmd
}

func listCommand(file *string, what string, kinds ...string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [APPLICATION]",
		Short: "List " + what + ", those that ended too",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			app := ""
			if len(args) > 0 {
				app = args[0]
			}
			return withRegistrar(cmd, *file, func(ctx context.Context, r *registrar) error { return r.list(ctx, app, asJSON, kinds...) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func revokeCommand(file *string, what string, kinds ...string) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke " + what + ", for good; the beginning of its ID will do",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRegistrar(cmd, *file, func(ctx context.Context, r *registrar) error { return r.revoke(ctx, args[0], kinds...) })
		},
	}
}
