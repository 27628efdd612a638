package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/inspect"
	"github.com/cpics/working-together-api/internal/file/picture"
)

// clean takes out of an image or film what it tells about people and places, before anything of it is kept. From then on
// the upload is what was left: its size and digest are those of the bytes that readers get.
func (u *upload) clean(ctx context.Context, store *blob.Store, mediaType string) error {
	switch {
	case mediaType == inspect.MP4:
		return u.cleanFilm(ctx)
	case !picture.Is(mediaType):
		return nil
	}
	spool, err := store.Spool()
	if err != nil {
		return err
	}
	sum := sha256.New()
	changed, err := picture.Strip(ctx, io.MultiWriter(keeper{spool}, sum), u.spool, u.size, mediaType)
	if err != nil || !changed {
		return errors.Join(err, spool.Close())
	}
	size, err := spool.Seek(0, io.SeekEnd)
	if err != nil {
		return errors.Join(errs.New(errs.Unavailable, "The file could not be kept. Try again later.").Because(fmt.Errorf("measure what is left of an image: %w", err)), spool.Close())
	}
	u.Close()
	u.spool, u.size, u.sha256 = spool, size, hex.EncodeToString(sum.Sum(nil))
	return nil
}

// cleanFilm makes free space of what a film tells. Everything stays where it is, because a film refers to its parts by
// their places.
func (u *upload) cleanFilm(ctx context.Context) error {
	boxes, err := inspect.FilmMetadata(u.spool, u.size)
	if err != nil || len(boxes) == 0 {
		return err
	}
	for _, b := range boxes {
		if err := u.free(b); err != nil {
			return errs.New(errs.Unavailable, "The file could not be kept. Try again later.").Because(fmt.Errorf("clean a film: %w", err))
		}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(u.spool, 0, u.size)); err != nil {
		return fmt.Errorf("read a film: %w", err)
	}
	u.sha256 = hex.EncodeToString(sum.Sum(nil))
	return ctx.Err()
}

// free overwrites a box with one of the same size that says nothing (ISO/IEC 14496-12 §8.1.2).
func (u *upload) free(b inspect.Box) error {
	const afterSize = 4
	if _, err := u.spool.WriteAt([]byte("free"), b.At+afterSize); err != nil {
		return err
	}
	nothing := make([]byte, min(b.End-b.Body, 64<<10))
	for at := b.Body; at < b.End; at += int64(len(nothing)) {
		if _, err := u.spool.WriteAt(nothing[:min(int64(len(nothing)), b.End-at)], at); err != nil {
			return err
		}
	}
	return nil
}
