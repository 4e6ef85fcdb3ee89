// Package sqlite3 stands in for github.com/mattn/go-sqlite3 inside Fabric CA,
// so that Fabric CA builds without a C compiler and runs in an image that
// holds nothing else. It registers SQLite in pure Go (modernc.org/sqlite) under
// the driver name that Fabric CA asks for, and understands the data source
// names that Fabric CA makes.
package sqlite3

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// Name is the driver name that Fabric CA opens.
const Name = "sqlite3"

func init() {
	sql.Register(Name, standIn{&sqlite.Driver{}})
}

type standIn struct{ inner *sqlite.Driver }

// Open opens the database that a data source name of the replaced driver
// means. An option that is not known here is refused rather than passed over.
func (d standIn) Open(name string) (driver.Conn, error) {
	translated, err := translate(name)
	if err != nil {
		return nil, err
	}
	return d.inner.Open(translated)
}

// translate turns the options of the replaced driver into those of
// modernc.org/sqlite. Times are written in the replaced driver's format, because
// Fabric CA compares them as text and may be given a database written by it.
func translate(name string) (string, error) {
	file, query, _ := strings.Cut(name, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return "", fmt.Errorf("sqlite3 data source %q: options: %w", name, err)
	}
	out := url.Values{"_time_format": {"sqlite"}}
	for option, values := range options {
		value := values[len(values)-1]
		switch option {
		case "_busy_timeout", "_timeout":
			ms, err := strconv.Atoi(value)
			if err != nil || ms < 0 {
				return "", fmt.Errorf("sqlite3 data source %q: %s is %q: give milliseconds, a whole number", name, option, value)
			}
			out.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", ms))
		case "_foreign_keys", "_fk":
			on, err := strconv.ParseBool(value)
			if err != nil {
				return "", fmt.Errorf("sqlite3 data source %q: %s is %q: give true or false", name, option, value)
			}
			out.Add("_pragma", fmt.Sprintf("foreign_keys(%t)", on))
		case "_txlock", "mode", "cache", "immutable", "vfs":
			out.Set(option, value)
		default:
			return "", fmt.Errorf("sqlite3 data source %q: option %s is not known to the pure Go driver: leave it out", name, option)
		}
	}
	return file + "?" + out.Encode(), nil
}
