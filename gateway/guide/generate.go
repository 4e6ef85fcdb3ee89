package guide

//go:generate go run .. guide --out ../../docs
