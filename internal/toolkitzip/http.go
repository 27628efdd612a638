package toolkitzip

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/content/toolkit"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/file"
	"github.com/cpics/working-together-api/internal/web"
)

// Handler serves the archive.
type Handler struct {
	rest.Services
	Blobs *blob.Store
	Log   *slog.Logger
	repo  *content.Repository[*toolkit.Input]
	kind  content.Kind // with the filters that the archive has
	told  *sync.Map    // the ids of files of which the log says already that they are missing
}

// NewHandler serves the toolkit's files that blobs keeps.
func NewHandler(s rest.Services, blobs *blob.Store, log *slog.Logger) Handler {
	h := Handler{Services: s, Blobs: blobs, Log: log, repo: toolkit.NewRepository(s.Site), told: &sync.Map{}}
	h.kind = h.repo.Kind()
	h.kind.Filters = nil
	for _, f := range h.repo.Kind().Filters {
		if f.Param == "principle" || f.Param == "assetType" {
			h.kind.Filters = append(h.kind.Filters, f)
		}
	}
	return h
}

// Show answers the archive.
//
//	@Summary      Download the toolkit
//	@Description  The files of all live toolkit assets as one ZIP archive, each in a folder of its asset's name. Its manifest.json tells of each file the name, the SHA-256 digest, the text alternative, the asset that it belongs to and the licence. It is written as it is sent, so its size is not known beforehand; an archive that breaks off is not to be used. A file whose bytes the service does not have at present is left out, and listed as missing in manifest.json.
//	@ID           downloadToolkit
//	@Tags         toolkit assets
//	@Produce      application/zip
//	@Param        assetType  query  []string  false  "Only assets of any of these types"  collectionFormat(multi) Enums(guiding-document, poster, leaflet, presentation, template, image, video, screensaver, link, other)
//	@Param        principle  query  []string  false  "Only assets for any of these principles (id or slug)"  collectionFormat(multi)
//	@Success      200  {file}  file
//	@Router       /v1/toolkit.zip [get]
//	@x-role       "anyone"
func (h Handler) Show(c echo.Context) error {
	q := web.Query(c)
	s := content.Selection{Statuses: []content.Status{content.Live}, Filters: rest.ReadFilters(q, h.kind)}
	err := h.WithTargets(c, q.Done(), func(known *content.Lookup) error { return h.repo.Kind().Check(known, s) })
	if err != nil {
		return err
	}
	var a archive
	err = h.DB.Read(c.Request().Context(), func(tx *database.Tx) (err error) {
		a, err = h.archive(tx, s)
		return err
	})
	if err != nil {
		return err
	}
	if err := a.take(c.Request().Context(), h.Blobs); err != nil {
		return err
	}
	h.tell(c.Request().Context(), a)
	answered, err := web.OpenPublic(c, "application/zip", a.manifest, `attachment; filename="toolkit.zip"; filename*=UTF-8''toolkit.zip`, len(a.missing) > 0)
	if answered || err != nil {
		return err
	}
	c.Response().Flush() // or a small archive is told the size of, and HEAD says less than GET
	if err := a.write(c.Request().Context(), web.Paced(c), h.Blobs); err != nil {
		h.Log.WarnContext(c.Request().Context(), "an archive broke off", "error", err.Error())
		panic(http.ErrAbortHandler) // it has begun: cut off, so that nobody takes it for whole
	}
	return nil
}

// archive is what is to be sent.
type archive struct {
	head     Manifest          // without files
	named    []Entry           // all that belong into it
	files    []Entry           // those whose bytes are there
	missing  []Entry           // and the others
	keys     map[string]string // where the bytes are, by SHA-256
	manifest []byte
}

// lookups is how many questions a store is asked at once.
const lookups = 8

// take sorts out the files whose bytes are not there, before anything is sent. It fails where the store cannot say.
func (a *archive) take(ctx context.Context, blobs *blob.Store) error {
	there := make([]bool, len(a.named))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookups)
	for i, f := range a.named {
		if key := a.keys[f.SHA256]; key != "" {
			group.Go(func() (err error) {
				there[i], err = blobs.Has(ctx, key)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("look for the toolkit's files: %w", err)
	}
	a.files, a.missing = []Entry{}, []Entry{}
	for i, f := range a.named {
		if there[i] {
			a.files = append(a.files, f)
		} else {
			a.missing = append(a.missing, f)
		}
	}
	m := a.head
	m.Files, m.Missing = a.files, a.missing
	var err error
	a.manifest, err = json.MarshalIndent(m, "", "  ")
	return err
}

// tell says once in the log that a file is missing, and again when it was there in between.
func (h Handler) tell(ctx context.Context, a archive) {
	for _, f := range a.files {
		h.told.Delete(f.ID)
	}
	for _, f := range a.missing {
		if _, again := h.told.LoadOrStore(f.ID, true); !again {
			h.Log.WarnContext(ctx, "the bytes of a toolkit file are missing", "file", f.ID.String(), "sha256", f.SHA256)
		}
	}
}

// pageSize is how many assets are read at once.
const pageSize = 500

// archive gathers the files of a selection in one snapshot.
func (h Handler) archive(tx *database.Tx, s content.Selection) (a archive, err error) {
	known, err := h.Known.In(tx)
	if err != nil {
		return a, err
	}
	win := content.Window{Sort: content.Sorts["title"], Limit: pageSize}
	var docs []*content.Document[*toolkit.Input]
	for {
		page, err := h.repo.First(known, s, win, false)
		if err != nil {
			return a, err
		}
		docs = append(docs, page...)
		if len(page) < pageSize {
			break
		}
		win.From = win.Sort.Place(&page[len(page)-1].Entry)
	}
	a.head = manifestOf(h.Site, docs)
	a.named = a.head.Files
	a.keys, err = keys(tx, a.named)
	return a, err
}

func keys(tx *database.Tx, files []Entry) (map[string]string, error) {
	sums := make([]string, len(files))
	for i, f := range files {
		sums[i] = f.SHA256
	}
	return file.Keys(tx, sums)
}

// write writes the archive. Its bytes follow from the manifest alone: what is in it is stored as it is, for what
// toolkits hold is compressed already.
func (a archive) write(ctx context.Context, w io.Writer, blobs *blob.Store) error {
	z := zip.NewWriter(w)
	var newest time.Time
	for _, f := range a.files {
		if f.Asset.publishedAt.After(newest) {
			newest = f.Asset.publishedAt
		}
	}
	part, err := create(z, manifestName, newest)
	if err == nil {
		_, err = part.Write(a.manifest)
	}
	for _, f := range a.files {
		if err == nil {
			err = a.add(ctx, z, f, blobs)
		}
	}
	if err != nil {
		return err
	}
	return z.Close()
}

// add writes one file.
func (a archive) add(ctx context.Context, z *zip.Writer, f Entry, blobs *blob.Store) error {
	bytes, err := blobs.Open(ctx, a.keys[f.SHA256], f.Size)
	if err != nil {
		return fmt.Errorf("file %s: %w", f.ID, err)
	}
	defer bytes.Close()
	part, err := create(z, f.Name, f.Asset.publishedAt)
	if err == nil {
		_, err = io.Copy(part, bytes)
	}
	return err
}

// create begins a file of the archive.
func create(z *zip.Writer, name string, at time.Time) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: at.UTC()})
}
