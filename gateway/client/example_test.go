package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"henanchain/gateway/client"
)

// A business system deposits a file's digest under its own key, once, and
// verifies it.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	key, err := os.ReadFile("key.pem") // openssl genpkey -algorithm SM2; registered with the gateway
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := client.NewSigning("https://gateway.example:8443", key, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	const digest = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	ack, err := c.WithPurpose("合同存证").WithIdempotencyKey("contract-2026-0001").WithRetries(3).
		Create(ctx, "zhengzhou", "evidence", "evidences", map[string]any{
			"fileHash": digest, "name": "购销合同.pdf", "size": 20480, "dataType": "1",
			"depositorType": "ORGANISATION", "depositorKey": digest, "collectedAt": "2026-03-01T02:00:00Z",
		})
	var refused *client.Problem
	if errors.As(err, &refused) {
		fmt.Println("refused:", refused.Code, refused.Detail)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("on the ledger in block", ack.Receipt.Block)
	verdict, err := c.Verify(ctx, "zhengzhou", "evidence", "evidences", map[string]any{"fileHash": digest})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the file matches:", verdict.Match)
}

// Many records at once: each is done or refused on its own.
func ExampleClient_Batch() {
	c := client.New("http://127.0.0.1:21080", os.Getenv("TOKEN"), nil)
	outcomes, err := c.WithIdempotencyKey("import-7").Batch(context.Background(), "zhengzhou", "realestate", []client.Request{
		{Op: "RegisterUnit", In: map[string]any{"unitCode": "410105001002GB00001F00010001", "location": "示例路1号", "areaX100": 8950, "usage": "11"}},
		{Op: "RegisterUnit", In: map[string]any{"unitCode": "410105001002GB00001F00010002", "location": "示例路1号", "areaX100": 9120, "usage": "11"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range outcomes {
		if o.Problem != nil {
			fmt.Println("refused:", o.Problem)
			continue
		}
		fmt.Println("done:", o.Result.ID)
	}
}
