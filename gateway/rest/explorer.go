package rest

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"henanchain/gateway/index"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// explorerRoutes look at the channels themselves: what stands in their blocks,
// and what was done, all from the read model.
func (s *Server) explorerRoutes() []Route {
	pages := []openapi.Parameter{
		{Name: paramLimit, In: "query", Description: "How many at most.", Schema: map[string]any{"type": "integer", "minimum": 1}},
		{Name: paramCursor, In: "query", Description: "Where the next page starts, as the page before gave it.", Schema: map[string]string{"type": "string"}},
	}
	route := func(path, id, summary, zh, doc, answer string, handle func(*exchange) error, parameters ...openapi.Parameter) Route {
		return Route{
			Endpoint: openapi.Endpoint{
				Method: http.MethodGet, Path: path, ID: "explorer." + id, Tag: "explorer", Summary: summary, SummaryZh: zh, Doc: doc,
				Parameters: append([]openapi.Parameter{{Ref: "#/components/parameters/RequestID"}}, parameters...),
				Success:    map[int]*openapi.Response{http.StatusOK: openapi.Answer(doc, openapi.Ref(answer), RequestIDHeader)},
				Problems:   []int{http.StatusUnprocessableEntity},
			},
			inCity: true, handle: handle,
		}
	}
	inPath := func(name, doc string) openapi.Parameter {
		return openapi.Parameter{Name: name, In: "path", Required: true, Description: doc, Schema: map[string]string{"type": "string"}}
	}
	day := func(name, doc string) openapi.Parameter {
		return openapi.Parameter{Name: name, In: "query", Description: doc, Schema: map[string]string{"type": "string"}}
	}
	channels := route("/v1/channels", "channels", "List channels and their heights", "链与区块高度", "The channels of the caller's cities, and how far each was read and verified.", "Channels", (*exchange).channels)
	channels.inCity = false
	return []Route{
		channels,
		route("/v1/{city}/blocks", "blocks", "List blocks", "区块列表", "Blocks, the newest first.", "Blocks", (*exchange).blocks, pages...),
		route("/v1/{city}/blocks/{number}", "block", "Read a block", "查询区块", "A block with its transactions.", "Block", (*exchange).block, inPath("number", "The block's number.")),
		route("/v1/{city}/transactions", "transactions", "List transactions", "交易列表", "Transactions, the newest first.", "Transactions", (*exchange).transactions, pages...),
		route("/v1/{city}/transactions/{tx}", "transaction", "Read a transaction", "查询交易", "A transaction decoded: who sent it, who endorsed it, what it asked for, and everything that it wrote, in every contract.", "Transaction", (*exchange).transaction, inPath("tx", "The transaction's id.")),
		route("/v1/{city}/contract-versions", "contracts", "List contracts' versions over time", "合约版本历史", "Every definition of a contract that was committed, the newest first.", "ContractVersions", (*exchange).contractVersions),
		route("/v1/{city}/configurations", "configurations", "List the channel's configurations over time", "通道配置历史", "Every configuration of the channel, the newest first.", "Configurations", (*exchange).configurations),
		route("/v1/{city}/statistics", "statistics", "Count records and operations", "统计", "Records by ledger, type and status as of now, and operations by day (UTC+8), ledger, organisation and kind.", "Statistics", (*exchange).statistics,
			day("from", "First day, YYYYMMDD; 30 days ago where absent."), day("to", "Last day; today where absent."), day("ledger", "One ledger only.")),
	}
}

type channelHead struct {
	Name     string      `json:"name"`
	Title    string      `json:"title"`
	Division string      `json:"division"`
	AsOf     *index.AsOf `json:"asOf,omitempty"` // absent before the first block was read
}

func (x *exchange) channels() error {
	if x.Index == nil {
		return problem.New(problem.IndexBehind, "This gateway runs without a read model.")
	}
	all := []channelHead{}
	for _, ch := range x.Network.Connection().Channels {
		if !x.caller.May(ch.Name) {
			continue
		}
		h := channelHead{Name: ch.Name, Title: ch.Title, Division: ch.Division}
		switch at, err := x.Index.Head(x.ctx(), ch.Name); {
		case err == nil:
			h.AsOf = &at
		case !errors.Is(err, index.ErrNotFound):
			return indexAway(err)
		}
		all = append(all, h)
	}
	return x.json(http.StatusOK, map[string]any{"channels": all})
}

// paging reads limit and cursor; no other parameter is known.
func (x *exchange) paging() (limit int, cursor uint64, err error) {
	if err := x.known(paramLimit, paramCursor); err != nil {
		return 0, 0, err
	}
	query := x.request().URL.Query()
	limit = min(defaultLimit, x.Limits.PageSize)
	if text := query.Get(paramLimit); text != "" {
		if limit, err = x.limitText(text); err != nil {
			return 0, 0, err
		}
	}
	if text := query.Get(paramCursor); text != "" {
		if cursor, err = strconv.ParseUint(text, 10, 39); err != nil || cursor == 0 {
			return 0, 0, inputInvalid(operation.FieldError{Field: paramCursor, Code: schema.Format, Message: "must be a cursor as the page before gave it"})
		}
	}
	_, err = x.fresh(true)
	return limit, cursor, err
}

// known refuses parameters beside those named.
func (x *exchange) known(names ...string) error {
	for name, values := range x.request().URL.Query() {
		found := false
		for _, n := range names {
			found = found || n == name
		}
		if !found || len(values) != 1 {
			return inputInvalid(operation.FieldError{Field: name, Code: schema.Unknown, Message: "is not a parameter here, or stands there twice"})
		}
	}
	return nil
}

func (x *exchange) blocks() error {
	limit, cursor, err := x.paging()
	if err != nil {
		return err
	}
	before := uint64(math.MaxUint64)
	if cursor > 0 {
		before = cursor
	}
	all, err := x.Index.Blocks(x.ctx(), x.channel.Name, before, limit)
	if err != nil {
		return indexAway(err)
	}
	out := struct {
		Blocks []index.BlockInfo `json:"blocks"`
		Next   string            `json:"next,omitempty"`
	}{Blocks: append([]index.BlockInfo{}, all...)}
	if len(all) == limit && all[limit-1].Number > 0 {
		out.Next = strconv.FormatUint(all[limit-1].Number, 10)
	}
	return x.json(http.StatusOK, out)
}

func (x *exchange) block() error {
	number, err := strconv.ParseUint(x.gin.Param("number"), 10, 62)
	if err != nil {
		return problem.New(problem.BlockNotFound, "A block's number is a whole number from 0.")
	}
	if _, err := x.fresh(true); err != nil {
		return err
	}
	b, txs, err := x.Index.Block(x.ctx(), x.channel.Name, number)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return problem.New(problem.BlockNotFound, "The channel %s has no block %d, as far as it was read.", x.channel.Name, number)
	case err != nil:
		return indexAway(err)
	}
	return x.json(http.StatusOK, struct {
		*index.BlockInfo
		List []index.TransactionInfo `json:"list"`
	}{b, txs})
}

func (x *exchange) transactions() error {
	limit, cursor, err := x.paging()
	if err != nil {
		return err
	}
	all, next, err := x.Index.Transactions(x.ctx(), x.channel.Name, int64(cursor), limit)
	if err != nil {
		return indexAway(err)
	}
	out := struct {
		Transactions []index.TransactionInfo `json:"transactions"`
		Next         string                  `json:"next,omitempty"`
	}{Transactions: append([]index.TransactionInfo{}, all...)}
	if next > 1 {
		out.Next = strconv.FormatInt(next, 10)
	}
	return x.json(http.StatusOK, out)
}

func (x *exchange) transaction() error {
	id := x.gin.Param("tx")
	if _, err := x.fresh(true); err != nil {
		return err
	}
	t, err := x.Index.Transaction(x.ctx(), x.channel.Name, id)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return problem.New(problem.TransactionUnknown, "The channel %s has no transaction %.64q, as far as it was read.", x.channel.Name, id)
	case err != nil:
		return indexAway(err)
	}
	return x.json(http.StatusOK, t)
}

func (x *exchange) contractVersions() error {
	if _, err := x.fresh(true); err != nil {
		return err
	}
	all, err := x.Index.Contracts(x.ctx(), x.channel.Name)
	if err != nil {
		return indexAway(err)
	}
	return x.json(http.StatusOK, map[string]any{"contracts": append([]index.ContractInfo{}, all...)})
}

func (x *exchange) configurations() error {
	if _, err := x.fresh(true); err != nil {
		return err
	}
	all, err := x.Index.Configs(x.ctx(), x.channel.Name)
	if err != nil {
		return indexAway(err)
	}
	return x.json(http.StatusOK, map[string]any{"configurations": append([]index.ConfigInfo{}, all...)})
}

// maxActivity bounds the rows of one answer.
const maxActivity = 5000

type statistics struct {
	Records  []index.Tally    `json:"records"`
	Activity []index.Activity `json:"activity"`
	From     string           `json:"from"`
	To       string           `json:"to"`
	AsOf     index.AsOf       `json:"asOf"`
}

func (x *exchange) statistics() error {
	if err := x.known("from", "to", "ledger"); err != nil {
		return err
	}
	query := x.request().URL.Query()
	now := time.Now()
	out := statistics{From: identifier.DateOf(now.AddDate(0, 0, -30)).String(), To: identifier.DateOf(now).String()}
	for name, into := range map[string]*string{"from": &out.From, "to": &out.To} {
		if err := dayOf(query, name, into); err != nil {
			return err
		}
	}
	if _, err := x.fresh(true); err != nil {
		return err
	}
	tallies, at, err := x.Index.Tallies(x.ctx(), x.channel.Name, now)
	if err != nil {
		return indexAway(err)
	}
	ledger := query.Get("ledger")
	out.AsOf, out.Records = at, []index.Tally{}
	for _, t := range tallies {
		if ledger == "" || t.Contract == ledger {
			out.Records = append(out.Records, t)
		}
	}
	activity, err := x.Index.ActivityOf(x.ctx(), x.channel.Name, ledger, out.From, out.To, maxActivity)
	if err != nil {
		return indexAway(err)
	}
	out.Activity = append([]index.Activity{}, activity...)
	return x.json(http.StatusOK, out)
}

func dayOf(query url.Values, name string, into *string) error {
	text := query.Get(name)
	if text == "" {
		return nil
	}
	if _, err := identifier.ParseDate(text); err != nil {
		return inputInvalid(operation.FieldError{Field: name, Code: schema.Format, Message: "must be a day as YYYYMMDD"})
	}
	*into = text
	return nil
}
