package lint

import "strings"

// standard are the first parts of the standard library's import paths.
var standard = names("archive bufio bytes cmd compress container context crypto database debug embed encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak")

// ours tells whether a package is not of the standard library.
func ours(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !standard[first]
}
