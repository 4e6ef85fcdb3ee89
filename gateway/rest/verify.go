package rest

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// verify answers whether a claim holds. It is 200 either way: that something
// does not match is an answer, not an error.
func (x *exchange) verify(r *catalog.Record) error {
	if _, err := x.contentType(typeJSON); err != nil {
		return err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return err
	}
	claim, err := readClaim(raw)
	if err != nil {
		return err
	}
	if claim.Type != "" && claim.Type != r.Type {
		return inputInvalid(operation.FieldError{Field: "type", Code: schema.Enum, Message: "is not " + r.Type + ", which the path says; leave it out"})
	}
	claim.Type = r.Type
	if claim.ID == "" && claim.FileHash == "" && claim.Digest == "" && len(claim.Fields) == 0 {
		return inputInvalid(operation.FieldError{Field: "id", Code: schema.Required, Message: "is missing: claim at least one of id, fileHash, digest and fields"})
	}
	if err := x.resolveClaim(r, claim); err != nil {
		return err
	}
	if fresh, err := x.fresh(false); err != nil || fresh {
		if err != nil {
			return err
		}
		return x.verifyIndexed(r, claim)
	}
	verdict, err := x.Reader.Verify(x.ctx(), x.target(), *claim)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, verdict)
}

type fileDigest struct {
	FileHash  string `json:"fileHash"`
	Algorithm string `json:"algorithm"`
	Size      int64  `json:"size"`
}

// digest runs an uploaded file through SM3 and keeps nothing of it.
func (x *exchange) digest() error {
	if length := x.request().ContentLength; length > x.Limits.UploadBytes {
		return problem.New(problem.BodyTooLarge, "The body may have at most %d bytes.", x.Limits.UploadBytes)
	}
	body := http.MaxBytesReader(x.gin.Writer, x.request().Body, x.Limits.UploadBytes)
	x.request().Body = body
	media, _, err := mime.ParseMediaType(x.header("Content-Type"))
	if err != nil {
		return problem.New(problem.TypeUnsupported, "Send the file as the body with its own Content-Type, or as one file of multipart/form-data.")
	}
	var file io.Reader = body
	if strings.HasPrefix(media, "multipart/") {
		if file, err = x.firstFile(); err != nil {
			return err
		}
	}
	hash := gm.NewHash()
	n, err := io.Copy(hash, file)
	if err == nil {
		_, err = io.Copy(io.Discard, body) // what follows the file: a signature is over all of the body
	}
	if err != nil {
		return unread(err, x.Limits.UploadBytes)
	}
	return x.json(http.StatusOK, fileDigest{hexText(hash.Sum(nil)), "SM3", n})
}

// firstFile is the first part of a form that is a file; it is read as it comes.
func (x *exchange) firstFile() (io.Reader, error) {
	form, err := x.request().MultipartReader()
	if err != nil {
		return nil, problem.New(problem.RequestMalformed, "The form cannot be read: %s.", err)
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, problem.New(problem.RequestMalformed, "The form holds no file.").Because(err)
		}
		if part.FileName() != "" {
			return part, nil
		}
	}
}

// ask serves a query of the contract.
func (x *exchange) ask(q *catalog.Query) error {
	if _, err := x.contentType(typeJSON); err != nil {
		return err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return err
	}
	in, err := x.checked(q.Input, raw, "")
	if err != nil {
		return err
	}
	answer, err := x.Reader.Query(x.ctx(), x.target(), q.Name, in)
	if err != nil {
		return err
	}
	x.send(http.StatusOK, typeJSON, answer)
	return nil
}
