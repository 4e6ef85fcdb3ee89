// Package sharing is what a department does on its own side before anything
// goes to a ledger: it encrypts what it shares, masks the number that it gives to
// a sum, blinds what it lets be matched, and reads its catalogue from the file in
// which it keeps it. Keys, plaintexts and numbers stay with the caller.
package sharing
