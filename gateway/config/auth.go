package config

import (
	"fmt"
	"slices"
	"strings"

	"henanchain/gateway/auth"
)

func (a Auth) check() []error {
	var errs []error
	if a.Window <= 0 || a.Skew <= 0 {
		errs = append(errs, fmt.Errorf("auth.window and auth.skew: are %s and %s, and must be longer than nothing", a.Window, a.Skew))
	}
	for i, app := range a.PerApplication {
		key := fmt.Sprintf("auth.perApplication[%d]", i)
		if app.Name == "" {
			errs = append(errs, fmt.Errorf("%s.name: is missing: the application", key))
		}
		if len(app.Methods) == 0 {
			errs = append(errs, fmt.Errorf("%s.methods: is empty, so that %s could not call at all; name some of %s", key, app.Name, strings.Join(auth.Methods, ", ")))
		}
		for _, m := range app.Methods {
			if !slices.Contains(auth.Methods, m) {
				errs = append(errs, fmt.Errorf("%s.methods: %q must be one of %s", key, m, strings.Join(auth.Methods, ", ")))
			}
		}
	}
	return errs
}
