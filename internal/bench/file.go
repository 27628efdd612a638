package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// gigabyte is the size in bytes of a large file.
const gigabyte = 1 << 30

// lines gives the same line again and again.
type lines struct{ at int }

// Read gives the next bytes.
func (l *lines) Read(p []byte) (n int, err error) {
	const line = "A line of a file that has very many of them, all of them alike.\n"
	for n < len(p) {
		copied := copy(p[n:], line[l.at:])
		n, l.at = n+copied, (l.at+copied)%len(line)
	}
	return n, nil
}

// largeFile is the part of S10 about memory: the most that a service takes while a file of a gigabyte comes and goes.
func (b *bench) largeFile(ctx context.Context) error {
	dir := filepath.Join(b.dir, "large")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	url := "sqlite:" + filepath.Join(dir, "large.db")
	service, err := b.serve("service with a large file", url, nil, "WT_MAX_UPLOAD_MB=1100", "WT_BLOB_URL=file:"+filepath.Join(dir, "files"))
	if err != nil {
		return err
	}
	defer func() {
		service.stop()
		_ = os.RemoveAll(dir) // the next run does it otherwise
	}()
	w := &world{service: service, url: url}
	token, err := b.token(w)
	if err != nil {
		return err
	}
	href, err := upload(w, token, io.LimitReader(&lines{}, gigabyte))
	if err != nil {
		return err
	}
	b.add(result{"S10", "memory, at most, until 1 GB is uploaded", 96, false, []float64{service.peak()}, "MB", ""})
	for range b.rounds {
		if err := download(ctx, service, href, gigabyte); err != nil {
			return err
		}
	}
	b.add(result{"S10", "memory, at most, until 1 GB is downloaded, too", 96, false, []float64{service.peak()}, "MB", ""})
	return nil
}

// download reads a file of so many bytes.
func download(ctx context.Context, p *process, path string, size int64) error {
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+p.addr+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || n != size) {
		err = fmt.Errorf("%s: %s, %d bytes", path, resp.Status, n)
	}
	return err
}

// upload stores a file and publishes an asset that has it; it gives the file's path.
func upload(w *world, token string, content io.Reader) (string, error) {
	body, into := io.Pipe()
	parts := multipart.NewWriter(into)
	go func() {
		part, err := parts.CreateFormFile("file", "file.txt")
		if err == nil {
			_, err = io.Copy(part, content)
		}
		into.CloseWithError(errors.Join(err, parts.WriteField("label", "A file"), parts.Close()))
	}()
	file, err := send(w, token, "/v1/files", parts.FormDataContentType(), body)
	if err != nil {
		return "", err
	}
	_, err = send(w, token, "/v1/toolkit-assets?publish=true", "application/json", bytes.NewReader(
		[]byte(`{"title":"A file","summary":"That is measured.","assetType":"other","files":[{"id":"`+file.ID+`"}]}`)))
	return strings.TrimPrefix(file.Href, "http://bench"), err
}

// made is what the service says of something that it has made.
type made struct{ ID, Href string }

func send(w *world, token, path, contentType string, body io.Reader) (answer made, err error) {
	req, err := http.NewRequest("POST", "http://"+w.service.addr+path, body)
	if err != nil {
		return answer, err
	}
	name, value, _ := strings.Cut(strings.TrimSpace(token), ": ")
	req.Header.Set(name, value)
	req.Header.Set("Content-Type", contentType)
	text, err := answerOf(req)
	if err != nil {
		return answer, fmt.Errorf("%w: %s", err, text)
	}
	return answer, json.Unmarshal(text, &answer)
}
