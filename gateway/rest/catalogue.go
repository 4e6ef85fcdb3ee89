package rest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/gateway/sharing"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// The sharing ledger, its catalogue and who may publish in it.
const (
	sharingLedger   = "sharing"
	publishItem     = "PublishItem"
	sharingProvider = "sharing.provider"
)

const typeCSV = "text/csv"

// importRoute takes a catalogue of data as departments keep it.
func importRoute(c *catalog.Contract, l Limits) Route {
	example := strings.Join(sharing.Columns(), ",") + "\n306001/000001,纳税信用信息,,taxGrade 纳税信用等级 等级 A|B|M|C|D,有条件共享,用于融资审核,税收征管法,敏感,否,每年,私密,2026-01-05\n"
	return Route{
		Endpoint: openapi.Endpoint{
			Method: http.MethodPost, Path: base(c) + "/items:import", ID: c.Name + ".import", Tag: c.Name,
			Summary: "Import a catalogue of data", SummaryZh: "导入数据目录", Roles: []string{sharingProvider},
			Doc: fmt.Sprintf("A CSV file with a header row, in UTF-8 (with a byte order mark or without) or in GBK, of %d rows at most. The columns, in any order: %s. "+
				"Where anything is wrong, every wrong line and column is named and nothing is published; otherwise the answer has one result for each row, as a batch's.", sharing.MaxRows, strings.Join(sharing.Columns(), "、")),
			Parameters: writeParameters,
			Body: &openapi.RequestBody{Required: true, Description: "For example:\n\n" + example,
				Content: map[string]openapi.MediaType{typeCSV: {Schema: map[string]string{"type": "string"}}}},
			Success:  map[int]*openapi.Response{http.StatusOK: openapi.BatchAnswer(), http.StatusAccepted: accepted},
			Problems: []int{http.StatusConflict, http.StatusUnprocessableEntity},
		},
		contract: c, inCity: true, handle: (*exchange).importCatalogue,
	}
}

func (x *exchange) importCatalogue() error {
	media, params, err := mime.ParseMediaType(x.header("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if err != nil || media != typeCSV || !strings.Contains(" utf-8 gbk gb2312 gb18030 ", " "+charset+" ") && charset != "" {
		return problem.New(problem.TypeUnsupported, "Send the catalogue as Content-Type: text/csv, in UTF-8 or GBK.")
	}
	raw, err := x.body(x.Limits.BatchBytes)
	if err != nil {
		return err
	}
	rows, wrong := sharing.ReadCatalogue(raw)
	op, ok := x.route.contract.Operation(publishItem)
	if !ok {
		return fmt.Errorf("the contract %s has no operation %s", x.route.contract.Name, publishItem)
	}
	t := x.task()
	t.Batch = true
	for _, row := range rows {
		e, err := x.prepare(op, item{in: row.Input}, "")
		var p *problem.Problem
		switch {
		case err == nil:
			t.Entries = append(t.Entries, *e)
		case errors.As(err, &p) && len(p.Fields) > 0:
			wrong = append(wrong, wrongOf(row.Line, p.Fields)...)
		default:
			return err
		}
	}
	if len(wrong) > 0 {
		return importProblem(wrong)
	}
	return x.carryOut(t, raw)
}

// wrongOf tells a row's wrong fields by their columns; what the file itself has
// been blamed for already is not told twice.
func wrongOf(line int, fields []operation.FieldError) []sharing.Wrong {
	var all []sharing.Wrong
	for _, f := range fields {
		if f.Code == "REQUIRED" && !strings.Contains(f.Field, ".") {
			continue // an empty cell, or one that could not be read
		}
		all = append(all, sharing.Wrong{Line: line, Column: sharing.ColumnOf(f.Field), Code: f.Code, Message: f.Message})
	}
	return all
}

// maxImportErrors bounds an answer.
const maxImportErrors = 200

func importProblem(wrong []sharing.Wrong) error {
	fields := make([]operation.FieldError, 0, min(len(wrong), maxImportErrors))
	for _, w := range wrong[:min(len(wrong), maxImportErrors)] {
		where := "file"
		if w.Line > 0 {
			where = fmt.Sprintf("line %d", w.Line)
		}
		if w.Column != "" {
			where += ", " + w.Column
		}
		fields = append(fields, operation.FieldError{Field: where, Code: w.Code, Message: w.Message})
	}
	return problem.New(problem.InputInvalid, "%d thing(s) in the catalogue file are wrong; nothing was published. See errors.", len(wrong)).With(fields...)
}
