package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"henanchain/gateway/config"
	"henanchain/gateway/store"
	"henanchain/gateway/subject"
	"henanchain/gateway/vault"
	"henanchain/internal/gm"
)

func rekeyCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "rekey",
		Short: "Seal everything at rest under a new key-encryption key",
		Long: "Seal everything at rest under the key-encryption key that kek.file names: the subject key, the keys of\n" +
			"webhooks and of TLCP, and what the store keeps sealed. Gateways may run meanwhile. In this order:\n" +
			"  1. Write a new key to a new file (openssl rand -hex 16, mode 0600). Set kek.file to it, and kek.retired\n" +
			"     to the old one. Restart the gateways: they open both, and seal under the new one.\n" +
			"  2. gateway keys rekey. Killed, or run again, it goes on with what is left.\n" +
			"  3. Take the old key out of kek.retired and restart the gateways. The old key opens only old backups.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(*file)
			if err != nil {
				return err
			}
			return rekey(cmd.Context(), c, cmd.OutOrStdout())
		},
	}
}

func rekey(ctx context.Context, c *config.Config, out io.Writer) error {
	v, err := vault.Open(c.KEK.File, c.KEK.Retired...)
	if err != nil {
		return err
	}
	if v == nil {
		return errors.New("kek.file: names no key-encryption key; nothing is sealed without one")
	}
	if c.SubjectKey.File != "" {
		if err := renewFile(out, "subject key", c.SubjectKey.File, func(text []byte) ([]byte, bool, error) { return subject.Renew(text, v.Keys()) }); err != nil {
			return err
		}
	}
	for _, f := range [][2]string{{"key that signs webhooks", c.Webhooks.Key}, {"TLCP signing key", c.TLCP.SignKey}, {"TLCP encryption key", c.TLCP.EncryptKey}} {
		if f[1] == "" {
			continue
		}
		if err := renewFile(out, f[0], f[1], func(text []byte) ([]byte, bool, error) { return renewPrivateKey(text, v.Keys()) }); err != nil {
			return err
		}
	}
	_, source, err := c.Store.Driver()
	if err != nil {
		return err
	}
	changed, all, err := store.Reseal(ctx, source, v.RenewPayload)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "store: %d of %d sealed values are sealed anew\n", changed, all)
	fmt.Fprintf(out, "everything is under the key-encryption key %s\n", v.KEKID())
	return nil
}

// renewPrivateKey seals a key file again; one that is not sealed stays so.
func renewPrivateKey(text []byte, sealer *gm.Sealer) ([]byte, bool, error) {
	if !strings.Contains(string(text), gm.SealedKeyMark) {
		return nil, false, nil
	}
	key, err := sealer.OpenPrivateKey(text)
	if err != nil {
		return nil, false, err
	}
	if strings.Contains(string(text), sealer.KEKID()) {
		return nil, false, nil
	}
	renewed, err := sealer.SealPrivateKey(key)
	return renewed, true, err
}

// renewFile replaces a file's content as a whole, or leaves it.
func renewFile(out io.Writer, what, path string, again func([]byte) ([]byte, bool, error)) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer clear(text)
	renewed, changed, err := again(text)
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, path, err)
	}
	if !changed {
		fmt.Fprintf(out, "%s: %s stays as it is\n", what, path)
		return nil
	}
	defer clear(renewed)
	if err := replaceFile(path, renewed); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	fmt.Fprintf(out, "%s: %s is sealed anew\n", what, path)
	return nil
}

// replaceFile writes a file beside its place and renames it there: whoever reads
// it sees the old one or the new one.
func replaceFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // it was renamed
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Chmod(0o600), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
