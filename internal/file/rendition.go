package file

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"gorm.io/gorm/clause"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/picture"
	"github.com/cpics/working-together-api/internal/file/preset"
)

const (
	renderTime = 2 * time.Minute // that making a rendition may take, the wait for the desk included
	maxFocus   = 20              // characters of a focal point
	maxWaiting = 16              // renditions that requests wait for on one replica; each is made once, whoever waits
)

// variant is a rendition of an image.
type variant struct {
	preset preset.Preset
	format preset.Format
	focus  string // x,y as stored; "" for the centre, and where nothing is cut off
}

// newVariant leaves out the focal point where it makes no difference.
func newVariant(p preset.Preset, f preset.Format, focus string) variant {
	if !p.Crop || focus == preset.Focus("") {
		focus = ""
	}
	return variant{p, f, focus}
}

// name is how the variant is called in table blobs.
func (v variant) name() string { return v.preset.Name + "." + v.format.Name + "@" + v.focus }

// point reads the focal point, whose form was checked when it was stored.
func (v variant) point() preset.Point {
	x, y, ok := strings.Cut(v.focus, ",")
	px, err1 := strconv.ParseFloat(x, 64)
	py, err2 := strconv.ParseFloat(y, 64)
	if !ok || err1 != nil || err2 != nil {
		return preset.Centre
	}
	return preset.Point{X: px, Y: py}
}

// frozen are the focal points that the live editions of live and withdrawn items have for a file, the newest first.
const frozen = `SELECT x.focal_point FROM edition_files x JOIN editions d ON d.id = x.edition_id AND d.state = 'live'
	JOIN entries e ON e.id = d.entry_id AND e.status IN ('live', 'withdrawn')
	WHERE x.file_id = ? ORDER BY d.published_at DESC, d.id DESC`

// focusOf is the focal point that the public sees: of the items that show the file, the one published last decides.
// Of a file that is not public it is what is said now.
func focusOf(tx *database.Tx, f *stored) (string, error) {
	if !f.public() {
		return f.FocalPoint, nil
	}
	var focus []string
	if err := tx.Raw(frozen+" LIMIT 1", f.ID).Scan(&focus).Error; err != nil {
		return "", fmt.Errorf("find a focal point: %w", err)
	}
	return strings.Join(focus, ""), nil
}

// wish is what a request says of the rendition that it wants; "" where it says nothing.
type wish struct{ preset, format, focus string }

// rendition says whether it is anything but the file itself.
func (w wish) rendition() bool { return w.preset+w.format != "" }

// cut is the preset that is wished for, full where nothing is said.
func (w wish) cut() preset.Preset {
	p, _ := preset.Find(cmp.Or(w.preset, "full")) // the name is one of the list
	return p
}

// floating says whether other bytes can come to the same address: those of an image cut around another point.
func (w wish) floating() bool { return w.rendition() && w.cut().Crop && w.focus == "" }

// mayCut says whether a file may be cut around a focal point. Only those may be that an item was published with, so
// that nobody has the service make any number of images: one that anybody may see, in whatever edition, since pages
// that were made of an earlier one still show its addresses. For readers it is those of all items, and the present one.
func mayCut(tx *database.Tx, f *stored, focus string, reader bool) (bool, error) {
	status := "('live', 'withdrawn')"
	if reader {
		status = "('draft', 'live', 'withdrawn', 'gone')"
	}
	var cut []struct {
		EntryID    uuid.UUID
		FocalPoint string
	}
	err := tx.Raw(`SELECT DISTINCT d.entry_id, COALESCE(x.focal_point, '') AS focal_point FROM edition_files x JOIN editions d ON d.id = x.edition_id AND d.state <> 'draft'
		JOIN entries e ON e.id = d.entry_id AND e.status IN `+status+` WHERE x.file_id = ?`, f.ID).Scan(&cut).Error
	if err != nil {
		return false, fmt.Errorf("find focal points: %w", err)
	}
	for _, c := range cut {
		if preset.Focus(c.FocalPoint) == focus {
			change.Shows(tx, c.EntryID)
			return true, nil
		}
	}
	return reader && preset.Focus(f.FocalPoint) == focus, nil
}

// asked is the variant that is wished for: without a preset it is full, without a format the file's own is taken,
// without a focal point the one that the public sees.
func (s *Service) asked(ctx context.Context, f *stored, w wish, reader bool) (variant, error) {
	if !picture.Is(f.MediaType) {
		return variant{}, errs.Invalid(errs.InvalidQuery, errs.In("preset", errs.Unknown, "This file is no image, so it has no renditions. Leave preset and format out."))
	}
	format, given := preset.FindFormat(w.format)
	if !given {
		format = preset.FormatOf(f.MediaType)
	}
	focus := ""
	if !w.floating() && w.focus == "" {
		return newVariant(w.cut(), format, focus), nil
	}
	err := s.DB.Read(ctx, func(tx *database.Tx) (err error) {
		ok := true
		if focus = w.focus; focus == "" {
			focus, err = focusOf(tx, f)
		} else {
			ok, err = mayCut(tx, f, focus, reader)
		}
		if err == nil && !ok {
			err = errs.Invalid(errs.InvalidQuery, errs.In("focus", errs.Range, "No item was published with this focal point. Take an address from renditions."))
		}
		return err
	})
	return newVariant(w.cut(), format, focus), err
}

// rendition answers with a rendition of an image that the caller may read. One that is not there yet is made.
func (s *Service) rendition(c echo.Context, f *stored, w wish, reader bool) error {
	ctx := c.Request().Context()
	v, err := s.asked(ctx, f, w, reader)
	if err != nil {
		return err
	}
	o, err := s.made(ctx, f, v)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(f.Filename, filepath.Ext(f.Filename)) + "-" + v.preset.Name + "." + v.format.Name
	return s.serve(c, f, bytesOf{o.ObjectKey, o.Size, o.Digest, v.format.MediaType, name, w.floating()})
}

// find reads where a variant is kept; nil when it is not made yet.
func (v variant) find(tx *database.Tx, sum string) (*object, error) {
	var found []object
	if err := tx.Where("sha256 = ? AND variant = ?", sum, v.name()).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("find a rendition: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}

// made gives a variant, which it makes unless it is there. Requests for the same one wait together; when too many
// different ones are asked for, it fails with errs.Unavailable at once.
func (s *Service) made(ctx context.Context, f *stored, v variant) (o *object, err error) {
	err = s.DB.Read(ctx, func(tx *database.Tx) (err error) {
		o, err = v.find(tx, f.SHA256)
		return err
	})
	if o != nil || err != nil {
		return o, err
	}
	flight := s.flights.DoChan(f.SHA256+v.name(), func() (any, error) {
		defer s.waiting.Add(-1)
		if s.waiting.Add(1) > maxWaiting {
			return nil, errs.New(errs.Unavailable, "Many images are being prepared at present. Try again shortly.")
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renderTime)
		defer cancel()
		made, err := s.make(ctx, f, []variant{v})
		if err != nil {
			return nil, err
		}
		return made[0], nil
	})
	select {
	case landed := <-flight:
		o, _ = landed.Val.(*object)
		return o, landed.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// make makes variants of one preset and focal point, and keeps them.
func (s *Service) make(ctx context.Context, f *stored, variants []variant) ([]*object, error) {
	src, err := s.readable(ctx, f.ObjectKey, f.Size)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, errNoFile()
	}
	if err != nil {
		return nil, err
	}
	defer src.Close()
	want := picture.Wanted{Preset: variants[0].preset, Focus: variants[0].point()}
	for _, v := range variants {
		want.Formats = append(want.Formats, v.format)
	}
	images, err := picture.Render(ctx, src, f.Size, f.MediaType, want)
	if err != nil {
		return nil, fmt.Errorf("make a rendition of %s: %w", f.ID, err)
	}
	objects := make([]*object, len(images))
	for i, img := range images {
		if objects[i], err = s.keepVariant(ctx, f.SHA256, variants[i], img); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// readerAt is bytes that can be read from anywhere.
type readerAt interface {
	io.ReaderAt
	io.Closer
}

// readable opens an object so that it can be read from anywhere: one of a remote store is copied first.
func (s *Service) readable(ctx context.Context, key string, size int64) (readerAt, error) {
	src, err := s.Blobs.Open(ctx, key, size)
	if err != nil {
		return nil, err
	}
	if local, ok := src.(readerAt); ok {
		return local, nil
	}
	defer src.Close()
	spool, err := s.Blobs.Spool()
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(spool, src); err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	return spool, nil
}

// keepVariant stores a rendition, unless the file is gone (a recall must leave nothing) or somebody else was quicker.
func (s *Service) keepVariant(ctx context.Context, sum string, v variant, img []byte) (*object, error) {
	digest := sha256.Sum256(img)
	o := &object{ObjectKey: keyOf(sum), SHA256: sum, Variant: v.name(), Size: int64(len(img)), Digest: hex.EncodeToString(digest[:])}
	if err := s.Blobs.Put(ctx, o.ObjectKey, bytes.NewReader(img)); err != nil {
		return nil, err
	}
	var other *object
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		other, err = adoptVariant(tx, o, v)
		return err
	})
	if other != nil || err != nil && errs.KindOf(err) != errs.Unavailable { // as with uploads
		s.takeBack(ctx, o.ObjectKey)
	}
	switch {
	case errors.Is(err, errNoObject):
		return nil, errNoFile()
	case err != nil:
		return nil, err
	case other != nil:
		return other, nil
	}
	return o, nil
}

// adoptVariant records a rendition; other is the one that is there already. Who erases the file waits for it, and
// erases it as well.
func adoptVariant(tx *database.Tx, o *object, v variant) (other *object, err error) {
	var file []object
	if err := tx.Hold().Where("sha256 = ? AND variant = ''", o.SHA256).Find(&file).Error; err != nil {
		return nil, fmt.Errorf("hold a file's bytes: %w", err)
	}
	if len(file) == 0 {
		return nil, errNoObject
	}
	o.CreatedAt = tx.Now
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(o)
	if res.Error != nil || res.RowsAffected == 1 {
		return nil, res.Error
	}
	if other, err = v.find(tx, o.SHA256); err == nil && other == nil {
		err = errNoObject
	}
	return other, err
}

// render makes all that an image's public renditions lack.
func (s *Service) render(ctx context.Context, id uuid.UUID) error {
	var f *stored
	var focuses []string
	err := s.DB.Read(ctx, func(tx *database.Tx) (err error) {
		if f, err = locate(tx, id.String()); err != nil || f == nil || !f.public() {
			return err
		}
		return tx.Raw(frozen, id).Scan(&focuses).Error
	})
	if err != nil || f == nil || !f.public() || !picture.Is(f.MediaType) {
		return err
	}
	for _, p := range preset.Presets {
		for _, focus := range focuses {
			if err := s.completePreset(ctx, f, p, focus); err != nil {
				return err
			}
		}
	}
	return nil
}

// completePreset makes the formats of a preset that are not there yet.
func (s *Service) completePreset(ctx context.Context, f *stored, p preset.Preset, focus string) error {
	var missing []variant
	err := s.DB.Read(ctx, func(tx *database.Tx) error {
		missing = nil
		for _, format := range preset.Formats {
			v := newVariant(p, format, focus)
			o, err := v.find(tx, f.SHA256)
			if err != nil {
				return err
			}
			if o == nil {
				missing = append(missing, v)
			}
		}
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	_, err = s.make(ctx, f, missing)
	return err
}
