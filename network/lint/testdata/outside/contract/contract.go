package contract

import (
	"slices"

	"example.test/contracts/outside/helper"
)

func act(k *helper.Key, m map[string]int) int {
	_ = k.Sign()       // want `\(\*helper.Key\).Sign is called: helper.draw is called: rand.Read is used.*helper.go:15`
	_ = helper.Clock() // want `helper.Clock is called: time.Now is used`
	_ = helper.Logged()
	_ = slices.IndexFunc([]int{1}, func(int) bool { return helper.Any(m) > 0 }) // want `helper.Any is called: the order of a map`
	f := helper.Clock                                                           // want `helper.Clock is called`
	_ = f
	return local() + helper.Fine(1)
}

func local() int { return helper.Clock().Day() } // want `helper.Clock is called`
