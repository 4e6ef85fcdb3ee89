package identity

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"henanchain/network/state"
)

// crlFile is a revocation list inside an MSP folder.
const crlFile = "crls/crl.pem"

// StoreCRL fetches the organisation's CRL and writes it into the organisation's
// MSP folder, from which genesis blocks of later channels are made, and into its
// nodes' own, which these read when they start.
func (a *Authority) StoreCRL(ctx context.Context) ([]byte, error) {
	crl, err := a.CRL(ctx)
	if err != nil {
		return nil, err
	}
	dirs, err := filepath.Glob(a.st.Identity(a.org.Name, "[^.]*"))
	if err != nil {
		return nil, err
	}
	errs := []error{state.WriteFile(filepath.Join(a.st.OrgMSP(a.org.Name), crlFile), crl, 0o600)}
	for _, dir := range dirs {
		errs = append(errs, state.WriteFile(filepath.Join(dir, "msp", crlFile), crl, 0o600))
	}
	return crl, errors.Join(errs...)
}

// copyCRL gives a new identity's MSP the list that the organisation's has.
func (a *Authority) copyCRL(dir string) error {
	crl, err := os.ReadFile(filepath.Join(a.st.OrgMSP(a.org.Name), crlFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return state.WriteFile(filepath.Join(dir, "msp", crlFile), crl, 0o600)
}
