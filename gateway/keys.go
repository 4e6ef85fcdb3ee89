package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"henanchain/gateway/config"
	"henanchain/gateway/subject"
	"henanchain/gateway/vault"
	"henanchain/internal/gm"
)

func keysCommand(file *string) *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "Make the gateway's own keys"}
	keys.AddCommand(&cobra.Command{
		Use:   "init",
		Short: "Make the keys that the configuration names and that are not there yet",
		Long: "Make the keys that the configuration names and that are not there yet: the key-encryption key (kek.file),\n" +
			"the subject key (subjectKey.file) and the key that signs webhooks (webhooks.key), sealed under it. What is there is left as it is; run again, it changes nothing.\n" +
			"Keep a copy of them at a safe place: without the subject key, no record is found by its holder any more.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(*file)
			if err != nil {
				return err
			}
			return initKeys(c, cmd.OutOrStdout())
		},
	}, rekeyCommand(file))
	return keys
}

// initKeys makes missing keys and says what it found.
func initKeys(c *config.Config, out io.Writer) error {
	if c.SubjectKey.File == "" && c.KEK.File == "" && c.Webhooks.Key == "" {
		return errors.New("the configuration names no key file: set subjectKey.file and webhooks.key, and kek.file to have them sealed")
	}
	if c.KEK.File != "" {
		if err := made(out, "key-encryption key", c.KEK.File, func() error {
			if err := os.MkdirAll(filepath.Dir(c.KEK.File), 0o700); err != nil {
				return err
			}
			_, err := gm.CreateKEKFile(c.KEK.File)
			return err
		}); err != nil {
			return err
		}
	}
	v, err := vault.Open(c.KEK.File, c.KEK.Retired...)
	if err != nil {
		return err
	}
	if c.Webhooks.Key != "" {
		if err := made(out, "key that signs webhooks", c.Webhooks.Key, func() error { return createPrivateKey(c.Webhooks.Key, v) }); err != nil {
			return err
		}
	}
	if c.SubjectKey.File == "" {
		return nil
	}
	err = made(out, "subject key", c.SubjectKey.File, func() error { return subject.Create(c.SubjectKey.File, v.Keys()) })
	if err != nil {
		return err
	}
	_, err = subject.Read(c.SubjectKey.File, v.Keys())
	return err
}

// createPrivateKey makes an SM2 key, sealed where there is something to seal it
// under. A file that is there is left.
func createPrivateKey(path string, v *vault.Vault) error {
	key, err := gm.GenerateKey(nil)
	if err != nil {
		return err
	}
	text, err := key.PEM()
	if sealer := v.Keys(); sealer != nil {
		text, err = sealer.SealPrivateKey(key)
	}
	if err != nil {
		return err
	}
	defer clear(text)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func made(out io.Writer, what, path string, create func() error) error {
	err := create()
	switch {
	case errors.Is(err, fs.ErrExist):
		fmt.Fprintf(out, "%s: %s is there already\n", what, path)
	case err != nil:
		return fmt.Errorf("make the %s: %w", what, err)
	default:
		fmt.Fprintf(out, "%s: made %s\n", what, path)
	}
	return nil
}
