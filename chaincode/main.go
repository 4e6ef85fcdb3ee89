// Command chaincode serves any of the province's contracts to the peers
// (chaincode as a service), and writes down what they are.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/spf13/cobra"

	"henanchain/chaincode/contracts"
	"henanchain/chaincode/page"
	"henanchain/internal/catalog"
	"henanchain/internal/collect"
)

//go:generate go run . describe --tables ../internal/catalog/contracts --pages ../docs/ledgers --schemas schemas.lock

// version is the contracts' version, set when the program is built for a
// deployment.
var version = "1.0"

func main() {
	collect.Seldom()
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "chaincode:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use: "chaincode", Short: "The province's contracts (智能合约)",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), describeCommand(), listCommand())
	return root
}

type serveOptions struct {
	contract, version, id, address, cert, key, clientCA string
}

func serveCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use: "serve", Short: "Serve one contract to the peers until stopped",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return serve(o) },
	}
	f := c.Flags()
	f.StringVar(&o.contract, "contract", "", "the contract's name")
	f.StringVar(&o.version, "version", version, "the version that its metadata tell")
	f.StringVar(&o.id, "id", "", "the package ID under which the peers know it")
	f.StringVar(&o.address, "address", "", "host:port to listen on")
	f.StringVar(&o.cert, "tls-cert", "", "PEM file of the service's TLS certificate")
	f.StringVar(&o.key, "tls-key", "", "PEM file of its private key")
	f.StringVar(&o.clientCA, "tls-ca", "", "PEM file of the roots that the peers' client certificates come from; without it any client may connect")
	for _, name := range []string{"contract", "id", "address", "tls-cert", "tls-key"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	return c
}

func serve(o serveOptions) error {
	contract, ok := contracts.Find(o.contract)
	if !ok {
		return fmt.Errorf("there is no contract %q; `chaincode list` names them", o.contract)
	}
	chaincode, err := contract.Chaincode(o.version)
	if err != nil {
		return err
	}
	props := shim.TLSProperties{}
	if props.Cert, err = os.ReadFile(o.cert); err != nil {
		return fmt.Errorf("read the TLS certificate: %w", err)
	}
	if props.Key, err = os.ReadFile(o.key); err != nil {
		return fmt.Errorf("read the TLS key: %w", err)
	}
	if o.clientCA != "" {
		if props.ClientCACerts, err = os.ReadFile(o.clientCA); err != nil {
			return fmt.Errorf("read the peers' TLS roots: %w", err)
		}
	}
	server := &shim.ChaincodeServer{CCID: o.id, Address: o.address, CC: chaincode, TLSProps: props}
	fmt.Printf("serving %s %s as %s on %s\n", o.contract, o.version, o.id, o.address)
	if err := server.Start(); err != nil {
		return fmt.Errorf("serve %s on %s: %w", o.contract, o.address, err)
	}
	return nil
}

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Name the contracts", Args: cobra.NoArgs,
		Run: func(c *cobra.Command, _ []string) {
			for _, contract := range contracts.All() {
				d := contract.Describe()
				fmt.Fprintf(c.OutOrStdout(), "%-12s %s %s\n", d.Name, d.TitleZh, d.Title)
			}
		},
	}
}

func describeCommand() *cobra.Command {
	var tables, pages, schemas string
	c := &cobra.Command{
		Use: "describe", Short: "Write each contract's tables as JSON, and as a page for people", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			files, err := descriptions(tables, pages, schemas)
			if err != nil {
				return err
			}
			for path, data := range files {
				if err := os.WriteFile(path, data, 0o644); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&tables, "tables", ".", "folder for the tables")
	c.Flags().StringVar(&pages, "pages", ".", "folder for the pages")
	c.Flags().StringVar(&schemas, "schemas", "schemas.lock", "file of what each version of a record type's schema was")
	return c
}

// descriptions is what `chaincode describe` writes: the content of each file.
func descriptions(tables, pages, schemas string) (map[string][]byte, error) {
	files := map[string][]byte{}
	var all []catalog.Contract
	for _, contract := range contracts.All() {
		d := contract.Describe()
		data, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", d.Name, err)
		}
		files[filepath.Join(tables, d.Name+".json")] = append(data, '\n')
		files[filepath.Join(pages, d.Name+".md")] = page.Write(d)
		all = append(all, d)
	}
	files[filepath.Join(pages, "README.md")] = page.Index(all)
	known, err := os.ReadFile(schemas)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the schemas' versions: %w", err)
	}
	if files[schemas], err = lockSchemas(string(known), all); err != nil {
		return nil, err
	}
	return files, nil
}
